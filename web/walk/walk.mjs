/**
 * Walks the page in Chromium as a person would: sign in, overview, plan, map, coverage, network planning, build plan,
 * merging plan, register; counts what the map draws; takes pictures. Prints one line of JSON; any error of the page, refused answer or missing thing ends it
 * with status 1.
 *
 * node walk.mjs ADDRESS NAME PASSWORD [FOLDER FOR PICTURES]
 */
import { chromium } from 'playwright-core'
import { network } from './network.mjs'
import { check, drawn, fits, picture } from './page.mjs'
import { building, merging } from './planning.mjs'

const [address, name, password] = process.argv.slice(2)
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-swiftshader',
]
const desk = { width: 1366, height: 768 }
const phone = { width: 390, height: 844 }
const found = { errors: [], elsewhere: [] }

/** A page of its own whose errors and requests to other hosts are written down. */
async function open(browser, viewport, language) {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', baseURL: address })
  await context.addInitScript((chosen) => localStorage.setItem('qipan.language', chosen), language)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  page.on('pageerror', (error) => found.errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') found.errors.push(message.text())
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.origin !== address) found.elsewhere.push(request.url())
  })
  return page
}

async function signIn(page) {
  await page.goto(`${address}/overview`)
  await page.waitForURL('**/sign-in**')
  await page.fill('#name', name)
  await page.fill('#password', password)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/overview')
}

async function overview(page) {
  await page.waitForSelector('table.list tbody tr td.what')
  const rows = await page.locator('td.what').count()
  check(rows > 0, 'the overview has no rows')
  const lights = page.locator('.lights button[aria-pressed]')
  check((await lights.count()) > 1, 'the overview has no statuses to filter by')
  await fits(page, 'the overview')
  await picture(page, 'overview')
  await page.locator('td.what button').first().click()
  await page.waitForSelector('.el-drawer canvas, .el-drawer blockquote')
  await page.keyboard.press('Escape')
  return rows
}

async function plan(page) {
  await page.goto(`${address}/plans`)
  await page.locator('td.wide a').first().click()
  await page.waitForSelector('article span.target')
  const marks = await page.locator('article span.target').count()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const chosen = page.locator('li.item.chosen')
  check((await chosen.count()) === 1, 'the key j chose no target')
  check((await page.locator('article .chosen').count()) > 0, 'the chosen target is not shown in the text')
  await picture(page, 'plan')
  const target = await chosen.getAttribute('data-item')
  await page.keyboard.press('x')
  await page.waitForSelector(`[data-item="${target}"].dismissed`)
  await page.keyboard.press('u')
  await page.waitForSelector(`[data-item="${target}"]:not(.dismissed)`)
  await fits(page, 'the plan')
  return marks
}

async function map(page) {
  await page.goto(`${address}/map`)
  const features = await drawn(page)
  await fits(page, 'the map')
  for (const [title, query] of [
    ['map', 'indicator=mobile.base_stations'],
    ['density', 'kinds=base_station,terminal'],
  ]) {
    await page.goto(`${address}/map?${query}`)
    await drawn(page)
    await picture(page, title)
  }
  return features
}

/** A city that has no coverage study yet gets its first one. */
async function compute(page) {
  await page.locator('.state button').click()
  await page.locator('.el-dialog button.el-button--primary:not([disabled])').click()
  await page.waitForSelector('.legend', { timeout: 150_000 })
}

/** The coverage of the city: its raster, a point with the path to it, and a cell turned to see what that changes. */
async function coverage(page) {
  await page.goto(`${address}/coverage`)
  await page.waitForSelector('.map, .state button')
  if (!(await page.locator('.map').count())) await compute(page)
  await page.waitForFunction(() => Number(document.querySelector('.map')?.dataset.tiles ?? 0) > 0, null, {
    timeout: 90_000,
  })
  await fits(page, 'the coverage')
  await picture(page, 'coverage')
  const box = await page.locator('.map').boundingBox()
  await page.mouse.click(box.x + box.width * 0.3, box.y + box.height * 0.5)
  await page.waitForSelector('aside.card h3')
  await page.waitForSelector('.profile svg .sight')
  const servers = await page.locator('aside.card tbody tr').count()
  await fits(page, 'the path to a point')
  await picture(page, 'coverage-path')
  await page.locator('aside.card button.edit').first().click()
  const azimuth = page.locator('aside.card .el-input-number input').first()
  const now = Number(await azimuth.inputValue())
  await azimuth.fill(String((now + 150) % 360))
  await azimuth.press('Enter')
  await page.waitForSelector('aside.card .effect', { timeout: 60_000 })
  await page.waitForLoadState('networkidle')
  await picture(page, 'coverage-edit')
  await page.locator('aside.card .actions button').last().click()
  await page.waitForSelector('aside.card', { state: 'detached' })
  return servers
}

/** What stands beside the plans: the cost table, approvals, the list. */
async function besidePlans(page) {
  for (const path of ['/rates', '/approvals', '/planning']) {
    await page.goto(address + path)
    await page.waitForSelector('table.list, .state, .steps')
    await fits(page, path)
  }
}

async function register(page) {
  await page.goto(`${address}/register?kind=base_station`)
  await page.locator('table.list tbody td.wide a').first().click()
  await page.waitForSelector('dl.facts')
  await fits(page, 'a resource')
}

async function others(page) {
  for (const [path, selector] of [
    ['/register?kind=base_station', 'td.wide a'],
    ['/indicators/mobile.base_stations', 'code'],
    ['/tasks', 'td.wide a'],
    ['/accounts', 'h2'],
  ]) {
    await page.goto(address + path)
    await page.waitForSelector(selector)
    await fits(page, path)
    await picture(page, path.split(/[/?]/)[1])
  }
}

async function onPhone(browser) {
  const page = await open(browser, phone, 'zh')
  await signIn(page)
  for (const path of [
    '/overview',
    '/plans',
    '/register?kind=base_station',
    '/indicators',
    '/tasks',
    '/map',
    '/coverage',
    '/planning',
    '/rates',
  ]) {
    await page.goto(address + path)
    await page.waitForLoadState('networkidle')
    await fits(page, `${path} on a phone`)
  }
  await page.goto(`${address}/overview`)
  await page.waitForSelector('td.what')
  await picture(page, 'phone')
}

async function walk(browser) {
  const page = await open(browser, desk, 'zh')
  await signIn(page)
  const seen = {
    rows: await overview(page),
    marks: await plan(page),
    features: await map(page),
    servers: await coverage(page),
    relations: await network(page),
    sites: await building(page),
    streets: await merging(page),
  }
  await besidePlans(page)
  check(seen.features > 0, 'the map draws nothing')
  await register(page)
  await others(page)
  await onPhone(browser)
  const english = await open(browser, desk, 'en')
  await signIn(english)
  await english.waitForSelector('td.what')
  await fits(english, 'the overview in English')
  await picture(english, 'overview-en')
  await english.goto(`${address}/coverage`)
  await english.waitForSelector('.legend')
  await fits(english, 'the coverage in English')
  await english.goto(`${address}/planning?kind=build`)
  await english.locator('td.wide a[href^="/planning/"]').last().click()
  await english.waitForSelector('dl.figures')
  await fits(english, 'the build plan in English')
  return seen
}

const browser = await chromium.launch({
  executablePath: process.env.QIPAN_CHROMIUM ?? '/usr/bin/chromium',
  args: flags,
})
try {
  const seen = await walk(browser)
  // Before signing in, and for a file that the walk sends to be refused.
  const refused = found.errors.filter((text) => !/status of (401|422)/.test(text))
  check(!refused.length, `errors in the page: ${refused.slice(0, 5).join(' | ')}`)
  check(!found.elsewhere.length, `requests to other hosts: ${found.elsewhere.slice(0, 5).join(' ')}`)
  console.log(JSON.stringify(seen))
} catch (error) {
  console.error(String(error), ...found.errors.slice(0, 5))
  process.exitCode = 1
} finally {
  await browser.close()
}
