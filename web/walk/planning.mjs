/** Build plans and merging plans: candidates brought along, a site fixed, what changed; poles merged and entered. */
import { fits, drawn, picture } from './page.mjs'

const patience = { timeout: 150_000 }

/** A city that has no build plan yet gets one of roadside units, which is computed in seconds. */
async function makePlan(page) {
  await page.locator('.tabs button').click()
  await page.locator('.el-dialog input[value="roads.roadside_unit"]').check()
  await page.locator('.el-dialog__footer button').last().click()
}

/** A file of candidates is refused with its rows, put right and taken. */
async function bringCandidates(page) {
  const id = new URL(page.url()).pathname.split('/').at(-1)
  const { features } = await (await page.request.get(`/api/scenarios/${id}/sites.geojson`)).json()
  const { placements } = await (await page.request.get('/api/catalogue')).json()
  const { subject } = await (await page.request.get(`/api/scenarios/${id}`)).json()
  const source = placements.find((one) => one.key === subject).sources.find((one) => one.covers === 'around')
  const [longitude, latitude] = features[0].geometry.coordinates
  const file = (cost) => {
    const rows = ['名称,来源,经度,纬度,造价', `自带候选点,${source.name.zh},${longitude},${latitude},${cost}`]
    return { name: 'candidates.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) }
  }
  await page.locator('[data-own] summary').click()
  const input = page.locator('[data-own] input[type="file"]')
  await input.setInputFiles(file(''))
  await page.waitForSelector('[data-own] [data-refused] tbody tr')
  await input.setInputFiles(file('120000'))
  await page.waitForSelector('[data-own] .good')
}

/** A build plan: what it comes to, its sites on the map, and one of them fixed, which solves its district again. */
export async function building(page) {
  await page.goto('/planning?kind=build')
  await page.waitForSelector('.tabs button')
  await page.waitForLoadState('networkidle')
  const plans = page.locator('td.wide a[href^="/planning/"]')
  if (await plans.count()) await plans.last().click()
  else await makePlan(page)
  await page.waitForURL(/\/planning\/\d+/)
  await page.waitForSelector('dl.figures', patience)
  const sites = await drawn(page)
  await fits(page, 'the build plan')
  await picture(page, 'planning')
  await page.locator('[data-sites] summary').click()
  await page.locator('[data-sites] td button').first().click()
  await page.waitForSelector('aside.card .bill')
  await page.locator('aside.card [data-do="fix"]').click()
  await page.waitForSelector('[data-effect]', { timeout: 60_000 })
  await page.waitForSelector('aside.card [data-do="fix"][aria-pressed="true"]')
  await fits(page, 'a site of the plan')
  await picture(page, 'planning-site')
  await bringCandidates(page)
  return sites
}

/** A merging plan of the walk's own: computed, a street looked at, entered into the register, taken back. */
export async function merging(page) {
  const { id } = await (
    await page.request.post('/api/scenarios', {
      data: { kind: 'merging', subject: 'poles.merging', name: '合杆整治方案', parameters: { seconds: 1 } },
    })
  ).json()
  await page.goto(`/planning/${id}`)
  await page.locator('.choices .el-button--primary').click()
  await page.waitForSelector('dl.figures', patience)
  await page.waitForSelector('aside.card [data-pole]')
  const streets = await page.locator('.choices tbody tr').count()
  await fits(page, 'the merging plan')
  await picture(page, 'merging')
  await page.locator('[data-do="enter"]').click()
  await page.locator('.el-message-box__btns .el-button--primary').click()
  await page.waitForSelector('[data-entered]', patience)
  await page.locator('[data-entered] a').click()
  await page.waitForURL('**/approvals**')
  await page.waitForSelector('table.list')
  await page.goBack()
  await page.locator('[data-entered] button').click()
  await page.locator('.el-message-box__btns .el-button--primary').click()
  await page.waitForSelector('[data-do="enter"]', patience)
  return streets
}
