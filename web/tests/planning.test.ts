import { describe, expect, it } from 'vitest'
import { counted, isShare } from '../src/planning/aims'
import { daysLate, isOpen, onlyNow } from '../src/planning/approving'
import { comparedRows, readIds, toggled } from '../src/planning/comparing'
import { formatMoney, formatPoints, formatRoom, lineName, roomLeft, shareOf, unitIn } from '../src/planning/figures'
import { buildForm, buildParameters, budgetYears, yearAfter } from '../src/planning/forming'
import { percentOf } from '../src/logic/jobs'
import { jobOf } from '../src/planning/jobs'
import { keyFigures } from '../src/planning/keyFigures'
import { reasonOf } from '../src/planning/reasons'
import { adjustedOf, after, changes, inverse } from '../src/planning/steps'
import { isOwn, rateGroups, rateProblem } from '../src/planning/rates'
import { counted as countedSites, candidateParts, narrowed } from '../src/planning/sites'
import { drawnMoves, drawnPoles, saved, sortedStreets, streetBounds } from '../src/planning/streets'
import type {
  Approval,
  Parameters,
  PinAnswer,
  PointsAnswer,
  Rate,
  Scenario,
  SiteFeature,
  StreetDetail,
  TargetRow,
} from '../src/planning/types'
import { yearColour, yearColours, yearExpression } from '../src/planning/years'
import type { Job, Placement, Text } from '../src/api/types'

const zh = (text: Text): string => text.zh
const text = (word: string): Text => ({ zh: word, en: word })

describe('figures of a plan', () => {
  it('writes money in both languages', () => {
    expect(formatMoney(31_513_538, 'zh')).toBe('3,151.35万元')
    expect(formatMoney(31_513_538, 'en')).toBe('¥31.51M')
    expect(formatMoney(null, 'zh')).toBe('—')
    expect(formatMoney(-500, 'en')).toBe('−¥500')
  })
  it('tells how much better any plan could be, never less than it is', () => {
    expect(roomLeft(200, 203)).toBeCloseTo(0.015)
    expect(roomLeft(200, 200)).toBe(0)
    expect([roomLeft(0, 5), roomLeft(10, null), roomLeft(10, Infinity)]).toEqual([null, null, null])
    expect(formatRoom(0.011571)).toBe('1.16%')
    expect(formatRoom(0.0115)).toBe('1.15%')
    expect(formatRoom(0.000001)).toBe('0.001%')
    for (const room of [0.00123, 0.0101, 0.5, 0.071, 0.29])
      expect(Number.parseFloat(formatRoom(room)) / 100).toBeGreaterThanOrEqual(room - 1e-12)
  })
  it('writes changes as points with their sign', () => {
    expect(formatPoints(0.8, 0.894)).toBe('+9.4')
    expect(formatPoints(0.5, 0.4996)).toBe('−0.04')
    expect(formatPoints(0.5, 0.5)).toBe('±0')
    expect(shareOf(3, 4)).toBe('75%')
    expect(shareOf(3, 0)).toBe('—')
  })
  it('keeps Chinese counting words out of English', () => {
    expect([unitIn('处', 'zh'), unitIn('处', 'en'), unitIn('人', 'en'), unitIn('m', 'en')]).toEqual([
      '处',
      '',
      'people',
      'm',
    ])
    expect(['元/kWh', '元/站', '元/年', '比例', '个/平方公里'].map((one) => unitIn(one, 'en'))).toEqual([
      'yuan/kWh',
      'yuan each',
      'yuan a year',
      'share',
      '',
    ])
  })
  it('names a line of costs by the catalogue', () => {
    const line = (key: string, word: string) => ({ key, name: text(word), rate: '', per: 'site' })
    const placement = {
      sources: [
        { lines: [line('structure', '铁塔改造'), line('power', '电源')] },
        { lines: [line('structure', '杆体改造'), line('power', '电源')] },
      ],
    } as unknown as Placement
    expect(lineName(placement, 'power', '', zh)).toBe('电源')
    expect(lineName(placement, 'structure', '', zh)).toBe('铁塔改造…')
    expect(lineName(placement, 'other', '其他', zh)).toBe('其他')
    expect(lineName(null, 'other', text('其他'), zh)).toBe('其他')
  })
})

describe('colours of years', () => {
  it('tells neighbouring years apart and keeps to its colours', () => {
    expect(new Set(yearColours).size).toBe(yearColours.length)
    expect(yearColour(2024, 2023)).toBe(yearColours[1])
    expect(yearColour(2050, 2023)).toBe(yearColours.at(-1))
    expect(yearColour(2020, 2023)).toBe(yearColours[0])
  })
  it('stands three to one against paper', () => {
    const channel = (value: number): number => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    for (const colour of yearColours) {
      const [r, g, b] = [1, 3, 5].map((at) => channel(Number.parseInt(colour.slice(at, at + 2), 16) / 255))
      const light = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
      expect(1.05 / (light + 0.05), colour).toBeGreaterThan(3)
    }
  })
  it('gives the map one colour for each year', () => {
    expect(yearExpression([2023, 2024], 2023)).toEqual([
      'match',
      ['get', 'year'],
      2023,
      yearColours[0],
      2024,
      yearColours[1],
      yearColours.at(-1),
    ])
    expect(yearExpression([], 2023)).toBe(yearColours[0])
  })
})

describe('comparison', () => {
  it('reads ids of an address and takes in four at most', () => {
    expect(readIds('3,8,x,3,,9,10,11')).toEqual([3, 8, 9, 10])
    expect(toggled([3, 8], 8)).toEqual([3])
    expect(toggled([1, 2, 3, 4], 5)).toEqual([1, 2, 3, 4])
  })
  it('marks the best of a row, and none where all are alike or it does not matter', () => {
    const row = (better: 'more' | 'less' | null, values: (number | null)[]) => ({
      key: 'k',
      name: text('行'),
      unit: '',
      better,
      values,
    })
    const best = comparedRows([
      row('more', [1, 3, null]),
      row('less', [1, 3, 1]),
      row(null, [1, 2]),
      row('more', [2, 2]),
    ]).map((one) => one.best)
    expect(best).toEqual([
      [false, true, false],
      [true, false, true],
      [false, false],
      [false, false],
    ])
  })
})

const placement = {
  key: 'mobile.base_station',
  sources: [{ key: 'tower' }, { key: 'pole' }],
  layers: [
    { key: 'residents', importance: 1 },
    { key: 'venues', importance: 800 },
  ],
  spacing: 120,
  street_step: 200,
} as unknown as Placement

describe('the form of a plan', () => {
  it('says nothing of what is as usual', () => {
    expect(buildParameters(buildForm(placement), placement)).toEqual({})
  })
  it('writes what a person set, money in yuan and shares of one', () => {
    const form = buildForm(placement)
    Object.assign(form, { budgets: [1200, 800.5], sources: ['pole'], threshold: -100, resold: 3, operators: [2] })
    form.importance.venues = 500
    form.leastSites = { 5: 10, 6: 0, 7: null }
    form.leastCovered = { 5: 80 }
    expect(buildParameters(form, placement)).toEqual({
      operator_ids: [2],
      budgets: [12_000_000, 8_005_000],
      sources: ['pole'],
      importance: { venues: 500 },
      minimum_sites: [{ area_id: 5, sites: 10 }],
      minimum_covered: [{ area_id: 5, share: 0.8 }],
      outdoor_threshold: -100,
      resold_share: 0.03,
    })
  })
  it('keeps pins and whatever it does not know, and comes back to the same parameters', () => {
    const from: Parameters = {
      pins: { 'tower:1:2': 'mandatory' },
      seed: 7,
      budgets: [10_000_000],
      importance: { venues: 500 },
      minimum_covered: [{ area_id: 5, share: 0.8 }],
      effort: 'report',
    }
    expect(buildParameters(buildForm(placement, from), placement, from)).toEqual(from)
  })
  it('counts years', () => {
    expect(budgetYears(2023, [1, 2, 3])).toEqual([2023, 2024, 2025])
    expect([yearAfter('2023-06-30'), yearAfter('2023-12-31')]).toEqual([2023, 2024])
  })
})

describe('adjustments by hand', () => {
  const before = { pins: { a: 'mandatory' as const }, moves: { b: { longitude: 1, latitude: 2 } } }
  it('takes a step back to what was before', () => {
    expect(inverse({ candidate: 'a', pin: 'forbidden' }, before)).toEqual({ candidate: 'a', pin: 'mandatory' })
    expect(inverse({ candidate: 'c', pin: 'mandatory' }, before)).toEqual({ candidate: 'c', pin: null })
    expect(inverse({ candidate: 'b', moved: null }, before)).toEqual({ candidate: 'b', moved: before.moves.b })
  })
  it('a step and its inverse leave the parameters as they were', () => {
    for (const step of [
      { candidate: 'a', pin: 'forbidden' as const },
      { candidate: 'c', pin: 'mandatory' as const },
      { candidate: 'b', moved: { longitude: 3, latitude: 4 } },
    ])
      expect(after(inverse(step, before), after(step, before))).toEqual(before)
  })
  it('lists what was adjusted, once each', () => {
    expect(adjustedOf({ ...before, pins: { a: 'forbidden', b: 'mandatory' } })).toEqual([
      { candidate: 'a', pin: 'forbidden', moved: false },
      { candidate: 'b', pin: 'mandatory', moved: true },
    ])
    expect(adjustedOf({})).toEqual([])
  })
})

describe('sites', () => {
  const site = (year: number, owner_id: number | null, district_id: number, capital: number) => ({
    type: 'Feature' as const,
    properties: { year, owner_id, district_id, capital } as SiteFeature,
    geometry: { type: 'Point' as const, coordinates: [0, 0] as [number, number] },
  })
  const sites: PointsAnswer<SiteFeature> = {
    type: 'FeatureCollection',
    features: [site(2023, 2, 5, 10), site(2024, 3, 5, 20), site(2024, null, 6, 40)],
  }
  it('narrows by year, operator and district, and counts what is left', () => {
    const left = narrowed(sites, { year: 2024, operator: null, district: 5 })
    expect(countedSites(left)).toEqual({ sites: 1, capital: 20 })
    expect(countedSites(narrowed(sites, { year: null, operator: null, district: null }))).toEqual({
      sites: 3,
      capital: 70,
    })
  })
  it('reads the parts of a key', () => {
    expect(candidateParts('tower:440305TOWR000000123:2')).toEqual({
      source: 'tower',
      place: '440305TOWR000000123',
      operator: 2,
    })
    expect(candidateParts('room:440305ROOM00000012X')).toEqual({
      source: 'room',
      place: '440305ROOM00000012X',
      operator: null,
    })
  })
})

describe('streets', () => {
  const street = (number: number, before: number, less: number, cost: number, road = `${number}路`) =>
    ({ street: number, poles_before: before, poles_after: before - less, cost, road }) as StreetDetail
  it('sorts by poles saved, share, cost or name', () => {
    const all = [street(1, 100, 10, 5), street(2, 20, 8, 9), street(3, 50, 10, 1)]
    const order = (key: 'saved' | 'share' | 'cost') => sortedStreets(all, key).map((one) => one.street)
    expect([order('saved'), order('share'), order('cost')]).toEqual([
      [1, 3, 2],
      [2, 3, 1],
      [2, 1, 3],
    ])
    expect(saved(all[0]!)).toBe(10)
  })
  it('draws poles with those that go above, and a line for each device that is hung elsewhere', () => {
    const pole = (code: string, state: string, longitude: number) => ({ code, state, longitude, latitude: 22 })
    const detail = {
      poles: [pole('a', 'removed', 114), pole('b', 'kept', 114.1)],
      moving: [
        { code: 'd1', from_pole: 'a', to_pole: 'b' },
        { code: 'd2', from_pole: 'a', to_pole: null },
      ],
    } as unknown as StreetDetail
    expect(drawnPoles(detail).features.map((one) => one.properties?.code)).toEqual(['b', 'a'])
    expect(drawnMoves(detail).features.map((one) => one.properties?.code)).toEqual(['d1'])
    expect(streetBounds(detail)).toEqual([114, 22, 114.1, 22])
    expect(streetBounds({ ...detail, poles: [] })).toBeNull()
  })
})

describe('rates', () => {
  const rate = (key: string, domain: string, value = 1): Rate =>
    ({
      key,
      domain,
      name: text(key),
      description: text(''),
      default: 1,
      value,
      minimum: 0,
      maximum: 10,
      changed_at: null,
    }) as Rate
  it('groups by domain and searches', () => {
    const all = [rate('power.price', 'core'), rate('mobile.tower', 'mobile'), rate('power.cost', 'core')]
    expect(rateGroups(all, '', zh).map((one) => [one.domain, one.rates.length])).toEqual([
      ['core', 2],
      ['mobile', 1],
    ])
    expect(rateGroups(all, ' TOWER ', zh).map((one) => one.domain)).toEqual(['mobile'])
    expect([isOwn(rate('a', 'b')), isOwn(rate('a', 'b', 2))]).toEqual([false, true])
  })
  it('refuses what is no number or out of range', () => {
    const range = { minimum: 0, maximum: 2_000_000 }
    expect(['', 'abc', '-1', '2000001', '1,500', ' 0 '].map((typed) => rateProblem(range, typed))).toEqual([
      'number',
      'number',
      'range',
      'range',
      '',
      '',
    ])
  })
})

describe('approvals', () => {
  const step = (values: Partial<Approval>): Approval =>
    ({ resource_code: 'A', position: 1, decision: 'waiting', begun_on: null, due_on: null, ...values }) as Approval
  it('opens a step once it has begun, and counts the days it is late', () => {
    expect([isOpen(step({})), isOpen(step({ begun_on: '2025-01-01' }))]).toEqual([false, true])
    expect(daysLate(step({ due_on: '2025-01-01' }), '2025-01-11')).toBe(10)
    expect(daysLate(step({ due_on: '2025-02-01' }), '2025-01-11')).toBe(0)
  })
  it('lets the last decision of a resource alone be taken back', () => {
    const [one, two] = [step({ decision: 'approved' }), step({ position: 2, decision: 'approved' })]
    expect([onlyNow(one, [one, two]), onlyNow(two, [one, two])]).toEqual([false, true])
  })
})

describe('jobs and key figures', () => {
  const scenario = { id: 3, kind: 'build', name: '甲', job_id: null } as Scenario
  it('finds the job of a scenario by its number or by its title', () => {
    const job = { id: 7, kind: 'build', title: '建设方案：甲', progress: 0.456 } as Job
    expect(jobOf(scenario, [job])).toBe(job)
    expect(jobOf({ ...scenario, job_id: 8 }, [job])).toBeNull()
    expect(jobOf({ ...scenario, name: '乙' }, [job])).toBeNull()
    expect(jobOf(null, [job])).toBeNull()
    expect(percentOf(job)).toBe(46)
  })
  it('says a plan in one line, and nothing before it is computed', () => {
    const say = (key: string, values: object): string => `${key.split('.')[1]}${JSON.stringify(values)}`
    const summary = { sites: 5, capital: 1e6, objective: 100, bound: 101, targets: [{ met: true }, { met: false }] }
    expect(keyFigures({ kind: 'build', area: null }, summary, 'zh', say)).toBe(
      'keySites{"n":"5"} · 100万元 · keyMet{"n":1,"all":2} · keyRoom{"share":"1%"}',
    )
    expect(keyFigures({ kind: 'build', area: null }, null, 'zh', say)).toBe('')
    const areas = [
      { area_id: 2, operator_id: null, outdoor_area: 1 },
      { area_id: 1, operator_id: null, outdoor_area: 0.5 },
    ]
    expect(keyFigures({ kind: 'coverage', area: 1 }, { areas }, 'zh', say)).toBe('keyOutdoor{"share":"50%"}')
  })
})

describe('what a step changed', () => {
  const site = (candidate: string, capital = 1) => ({
    candidate,
    name: candidate,
    at: [114, 22] as [number, number],
    capital,
  })
  const added = (candidate: string) =>
    ({
      candidate,
      name: candidate,
      longitude: 114.1,
      latitude: 22,
      capital: 2,
    }) as unknown as PinAnswer['added'][number]

  it('names what was added and taken away', () => {
    const before = new Map([['a', site('a')]])
    const found = changes({ candidate: 'b', pin: 'mandatory' }, { added: [added('b')], removed: ['a', 'gone'] }, before)
    expect([found.added, found.removed, found.moved].map((rows) => rows.map((one) => one.candidate))).toEqual([
      ['b'],
      ['a'],
      [],
    ])
  })
  it('tells a site that was moved from one that was added', () => {
    const before = new Map([['a', site('a')]])
    const step = { candidate: 'a', moved: { longitude: 114.1, latitude: 22 } }
    const found = changes(step, { added: [added('a')], removed: ['a'] }, before)
    expect(found.moved.map((one) => one.at)).toEqual([[114.1, 22]])
    expect([...found.added, ...found.removed]).toEqual([])
  })
  it('says so where a site that was moved is no longer chosen', () => {
    const before = new Map([['a', site('a')]])
    const step = { candidate: 'a', moved: { longitude: 114.1, latitude: 22 } }
    const found = changes(step, { added: [], removed: ['a'] }, before)
    expect(found.removed.map((one) => one.candidate)).toEqual(['a'])
    expect(found.moved).toEqual([])
  })
})

describe('why a site is there', () => {
  const placement = {
    layers: [
      { key: 'residents', name: { zh: '常住人口', en: 'Residents' }, unit: '人' },
      { key: 'venues', name: { zh: '重点场所', en: 'Venues' }, unit: '处' },
    ],
  } as unknown as Placement
  const said = (key: string, values: Record<string, unknown> = {}): string => [key, ...Object.values(values)].join(' ')
  const words = { language: 'en' as const, t: said, name: (text: Text): string => text.en }
  const reason = { sentence: '新服务', newly_covered: 1, alone: 0, layers: { residents: 1240, venues: 0.2 } }

  it('is the server’s own sentence in Chinese', () =>
    expect(reasonOf({ reason, pin: null }, placement, { ...words, language: 'zh' })).toBe('新服务'))
  it('names what is newly and what is alone served, and leaves out what rounds to nothing', () => {
    const lost = { residents: 30 }
    expect(reasonOf({ reason: { ...reason, lost }, pin: 'mandatory' }, placement, words)).toBe(
      'planning.reason.pinned planning.reason.alone planning.reason.amount Residents 1,240 people planning.reason.amount Residents 30 people',
    )
    expect(reasonOf({ reason: { ...reason, lost: {} }, pin: null }, placement, words)).toMatch(/replaced/)
    expect(reasonOf({ reason, pin: null }, placement, words)).toMatch(/gained/)
    expect(reasonOf({ reason: { ...reason, layers: {} }, pin: null }, placement, words)).toMatch(/nothing/)
  })
})

describe('targets of a plan', () => {
  it('are shares where their whole is known', () => {
    const row = { wanted: 96, total: 112, scope: 'resources' } as TargetRow
    expect(isShare(row)).toBe(true)
    expect(isShare({ ...row, total: null })).toBe(false)
    expect(isShare({ ...row, total: undefined })).toBe(false)
    expect([counted(row), counted({ scope: 'sites' })]).toEqual(['places', 'sites'])
  })
})
