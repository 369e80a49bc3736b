/** What every part of the walk does with a page: look, measure, wait. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[5]

/** Ends the walk where something does not hold. */
export function check(holds, what) {
  if (!holds) throw new Error(what)
}

export async function picture(page, title) {
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(folder, `${title}.png`) })
}

/** No page is wider than its screen. */
export async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  check(over <= 0, `${what} is ${over} px wider than the screen`)
}

/** Waits until the map stands still with something drawn; answers with how many features that is. */
export async function drawn(page) {
  const handle = await page.waitForFunction(() => Number(document.querySelector('.map')?.dataset.drawn ?? 0), null, {
    timeout: 90_000,
  })
  return handle.jsonValue()
}
