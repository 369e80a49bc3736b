/** The pages and their addresses; each page is fetched when first opened. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { useSession } from './stores/session'
import { useVocabulary } from './stores/vocabulary'

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/overview' },
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { open: true } },
  { path: '/overview', name: 'overview', component: () => import('./pages/OverviewPage.vue') },
  { path: '/plans', name: 'plans', component: () => import('./pages/PlansPage.vue') },
  { path: '/plans/:id(\\d+)', name: 'plan', component: () => import('./pages/PlanPage.vue'), props: true },
  { path: '/map', name: 'map', component: () => import('./pages/MapPage.vue') },
  { path: '/coverage', name: 'coverage', component: () => import('./pages/CoveragePage.vue') },
  { path: '/planning', name: 'planning', component: () => import('./pages/PlanningPage.vue') },
  { path: '/planning/:id(\\d+)', name: 'scenario', component: () => import('./pages/ScenarioPage.vue'), props: true },
  { path: '/rates', name: 'rates', component: () => import('./pages/RatesPage.vue') },
  { path: '/approvals', name: 'approvals', component: () => import('./pages/ApprovalsPage.vue') },
  { path: '/register', name: 'register', component: () => import('./pages/RegisterPage.vue') },
  { path: '/register/import', name: 'import', component: () => import('./pages/ImportPage.vue') },
  { path: '/register/new/:kind', name: 'new', component: () => import('./pages/ResourcePage.vue'), props: true },
  { path: '/register/:code', name: 'resource', component: () => import('./pages/ResourcePage.vue'), props: true },
  { path: '/indicators', name: 'indicators', component: () => import('./pages/IndicatorsPage.vue') },
  {
    path: '/indicators/:indicator',
    name: 'indicator',
    component: () => import('./pages/IndicatorPage.vue'),
    props: true,
  },
  { path: '/tasks', name: 'tasks', component: () => import('./pages/TasksPage.vue') },
  { path: '/accounts', name: 'accounts', component: () => import('./pages/AccountsPage.vue') },
  { path: '/:rest(.*)*', name: 'lost', component: () => import('./pages/LostPage.vue'), meta: { open: true } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? undefined,
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  const session = await useSession()
    .load()
    .catch(() => null)
  if (!session?.account) return { name: 'sign-in', query: { next: to.fullPath } }
  void useVocabulary().load()
  return true
})
