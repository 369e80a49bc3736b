/** Network planning on a study: neighbours, identities written to the register, a drive test with a row that is refused. */
import { fits, picture } from './page.mjs'

const patience = { timeout: 60_000 }

/** A drive test along the cells of the city, with one row that no place can be made of. */
async function driveTest(page) {
  const [study] = await (await page.request.get('/api/scenarios?kind=coverage')).json()
  const { bounds } = (await (await page.request.get('/api/session')).json()).city
  const answer = await page.request.get(`/api/coverage/${study.id}/cells?bbox=${bounds.join(',')}`)
  const cells = (await answer.json()).features.slice(0, 40)
  const rows = cells.map(({ geometry, properties }) => {
    const [x, y] = geometry.type === 'Point' ? geometry.coordinates : geometry.coordinates.flat(9)
    return `${x + 0.0012},${y + 0.0007},${-78 - (properties.azimuth % 20)}`
  })
  return Buffer.from(['经度,纬度,RSRP', ...rows, '沿江路,22.5,-90'].join('\n'))
}

export async function network(page) {
  await page.goto('/coverage')
  await page.locator('[data-do="network"]').click()
  const pane = (name) => page.locator(`#pane-${name}`)
  await pane('neighbours').locator('[data-do="compute"]').click()
  await pane('neighbours').locator('.rows tbody tr').first().waitFor(patience)
  const relations = await pane('neighbours').locator('.rows tbody tr').count()
  await picture(page, 'network')
  await page.locator('#tab-pci').click()
  await pane('pci').locator('[data-do="compute"]').click()
  await pane('pci').locator('tbody tr').first().waitFor(patience)
  const apply = pane('pci').locator('[data-do="apply"]')
  if (await apply.count()) {
    await apply.click()
    await page.locator('.el-message-box__btns .el-button--primary').click()
    await pane('pci').locator('.good').last().waitFor(patience)
    await apply.waitFor({ state: 'detached' })
  }
  await page.locator('#tab-tests').click()
  const file = { name: 'drive-test.csv', mimeType: 'text/csv', buffer: await driveTest(page) }
  await pane('tests').locator('input[type="file"]').setInputFiles(file)
  await pane('tests').locator('.problems tbody tr').first().waitFor(patience)
  await pane('tests').locator('svg circle').first().waitFor(patience)
  await fits(page, 'network planning')
  await picture(page, 'drive-test')
  return relations
}
