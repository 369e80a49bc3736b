/** The page's own words in two languages; the catalogue's vocabulary comes with both and is only chosen here. */
import { computed } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import type { Text } from '../api/types'
import type { Language } from '../logic/numbers'
import en from './en.json'
import zh from './zh.json'

const kept = 'qipan.language'

function firstLanguage(): Language {
  return localStorage.getItem(kept) === 'en' ? 'en' : 'zh'
}

export const i18n = createI18n({ legacy: false, locale: firstLanguage(), fallbackLocale: 'zh', messages: { zh, en } })

/** Changes the language of the page and keeps the choice. */
export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(kept, language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

/** The words of the page (`t`), the language, and the choice between a text's two languages (`name`). */
export function useWords() {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  const language = computed<Language>(() => (locale.value === 'en' ? 'en' : 'zh'))
  const name = (text: Text | null | undefined): string => text?.[language.value] || text?.zh || ''
  return { t, te, language, name }
}
