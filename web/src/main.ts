import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { whenSignedOut } from './api/client'
import App from './App.vue'
import { i18n, setLanguage } from './i18n'
import { router } from './router'
import { useSession } from './stores/session'
import { useVocabulary } from './stores/vocabulary'
import 'element-plus/theme-chalk/base.css'
import './style.css'

const app = createApp(App)
app.use(createPinia())
app.use(i18n)
app.use(router)
setLanguage(i18n.global.locale.value === 'en' ? 'en' : 'zh')
whenSignedOut(() => {
  const here = router.currentRoute.value
  if (here.meta.open) return
  useSession().forget()
  useVocabulary().forget()
  void router.push({ name: 'sign-in', query: { next: here.fullPath } })
})
// After an upgrade of the server the pages have new names: fetch the page anew.
window.addEventListener('vite:preloadError', () => location.reload())
app.mount('#app')
