import { describe, expect, it } from 'vitest'
import { chosenOf, isChecked, markOf } from '../src/logic/reading'
import { differences } from '../src/logic/changes'
import { dayNumber, formatMoment } from '../src/logic/days'
import { csv } from '../src/logic/table'
import { classesOf, ramp } from '../src/map/classes'
import { namePlace } from '../src/map/places'

describe('classes of values', () => {
  it('gives light to small and dark to large', () => {
    const { colours, classes } = classesOf([1, 2, 3, 4, 5].map((value) => ({ code: `c${value}`, value })))
    expect([...colours.values()]).toEqual(ramp)
    expect(classes.map(({ from, to }) => [from, to])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
    ])
  })
  it('leaves areas without a value uncoloured', () => {
    expect(
      classesOf([
        { code: 'a', value: null },
        { code: 'b', value: 1 },
      ]).colours.has('a'),
    ).toBe(false)
    expect(classesOf([]).classes).toEqual([])
  })
  it('gives equal values one class', () => {
    const { colours, classes } = classesOf(['a', 'b', 'c'].map((code, index) => ({ code, value: index < 2 ? 7 : 9 })))
    expect(colours.get('a')).toBe(colours.get('b'))
    expect(classes).toHaveLength(2)
  })
})

describe('places of names', () => {
  const square = (x: number, size: number) => [
    [x, 0],
    [x + size, 0],
    [x + size, size],
    [x, size],
    [x, 0],
  ]
  it('stands in the middle of the largest part', () => {
    expect(namePlace({ type: 'MultiPolygon', coordinates: [[square(10, 1)], [square(0, 4)]] })).toEqual([2, 2])
    expect(namePlace({ type: 'Polygon', coordinates: [square(10, 2)] })).toEqual([11, 1])
  })
})

describe('changes', () => {
  it('lists what differs, attributes beside fields, without what the reader does not enter', () => {
    const before = { name: '甲', version: 1, attributes: { height: 30, form: 'macro' } }
    const after = { name: '甲', version: 2, attributes: { height: 35, form: 'macro' } }
    expect(differences(before, after)).toEqual([{ key: 'height', before: 30, after: 35 }])
  })
})

describe('tables', () => {
  it('writes what Excel reads: mark, line ends, quotes', () => {
    expect(
      csv(
        ['名称', '值'],
        [
          ['a,"b"', null],
          ['c\nd', 1],
        ],
      ),
    ).toBe('\ufeff名称,值\r\n"a,""b""",\r\n"c\nd",1\r\n')
  })
})

describe('days and marks', () => {
  it('counts days and shows moments', () => {
    expect(dayNumber('1970-01-02')).toBe(1)
    expect(formatMoment(null)).toBe('—')
  })
  it('names a mark and finds it again', () => {
    expect(chosenOf(markOf({ side: 'task', id: 12 }))).toEqual({ side: 'task', id: 12 })
    expect([isChecked('read'), isChecked('dismissed')]).toEqual([false, true])
  })
})

it("reads the server's clock as UTC", () => {
  expect(formatMoment('2025-03-04T05:06:00')).toBe(formatMoment('2025-03-04T05:06:00Z'))
  expect(formatMoment('2025-03-04T13:06:00+08:00')).toBe(formatMoment('2025-03-04T05:06:00Z'))
})
