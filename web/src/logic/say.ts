/** Short messages at the edge of the page. */
import { ElMessage } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import { i18n } from '../i18n'
import { asApiError } from './load'

/** One sentence about an error: the server's own words where it gave some. */
export function sentenceOf(thrown: unknown): string {
  const { t, te } = i18n.global
  const error = asApiError(thrown)
  if (error.detail) return error.detail
  const key = `error.s${error.status}`
  return te(key) || te(key, 'zh') ? t(key) : t('error.other', { title: error.title })
}

/** Shows an error for a few seconds. */
export function say(thrown: unknown): void {
  ElMessage({ type: 'error', message: sentenceOf(thrown), duration: 6000, showClose: true })
}

/** Shows that something was done. */
export function tell(message: string): void {
  ElMessage({ type: 'success', message, duration: 2500 })
}
