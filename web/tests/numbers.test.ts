import { describe, expect, it } from 'vitest'
import {
  figureIn,
  formatBeside,
  formatNumber,
  formatQuantity,
  formatShare,
  formatSize,
  formatTarget,
} from '../src/logic/numbers'

describe('numbers', () => {
  it.each([
    [0, '0', '0'],
    [9999, '9,999', '9,999'],
    [60000, '6万', '60,000'],
    [51234, '5.12万', '51,234'],
    [10_000_000, '1,000万', '10M'],
    [270_000_000_000, '2,700亿', '270B'],
    [2_400_000_000_000, '2.4万亿', '2.4T'],
    [-25000, '-2.5万', '-25,000'],
    [1.256, '1.26', '1.26'],
  ])('writes %d in steps of ten thousand or in groups of three', (value, zh, en) => {
    expect(formatNumber(value, 'zh')).toBe(zh)
    expect(formatNumber(value, 'en')).toBe(en)
  })

  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('writes a dash for %s', (value) => {
    expect(formatNumber(value, 'zh')).toBe('—')
    expect(formatQuantity(value, '个', 'zh')).toBe('—')
  })

  it('joins units as each language does', () => {
    expect(formatQuantity(60000, '个', 'zh')).toBe('6万个')
    expect(formatQuantity(500, 'Mbps', 'zh')).toBe('500 Mbps')
    expect(formatQuantity(80, '%', 'en')).toBe('80%')
    expect(formatQuantity(300, '个', 'en')).toBe('300 个')
  })

  it('prints every digit where rounding would hide the difference from the target', () => {
    expect(formatBeside(59999, 60000, '个', 'zh')).toBe('59,999个')
    expect(formatBeside(60000, 60000, '个', 'zh')).toBe('6万个')
    expect(formatBeside(51000, 60000, '个', 'zh')).toBe('5.1万个')
  })
})

describe('shares', () => {
  it('never prints 100 % for what is not met', () => {
    expect(formatShare(0.99999)).toBe('99.9%')
    expect(formatShare(1)).toBe('100%')
    expect(formatShare(1.05)).toBe('105%')
    expect(formatShare(0.8)).toBe('80%')
    expect(formatShare(null)).toBe('—')
    expect(formatShare(-0.0001)).toBe('0%')
    expect(formatShare(-0.175)).toBe('-17.5%')
  })
})

describe('targets', () => {
  const target = { comparator: '>=', value: 60000, value_to: null, unit: '个' }
  it('writes the comparator of the text', () => {
    expect(formatTarget(target, 'zh')).toBe('≥ 6万个')
    expect(formatTarget({ ...target, comparator: '<=', value: 1.25, unit: '' }, 'en')).toBe('≤ 1.25')
    expect(formatTarget({ ...target, comparator: 'range', value: 1, value_to: 2 }, 'zh')).toBe('1–2个')
    expect(formatTarget({ ...target, value: null }, 'zh')).toBe('—')
  })
})

describe('figures in words', () => {
  it.each([
    ['累计建成5G基站6万个', { value: 60000, unit: '个' }],
    ['产业增加值达到2700亿元', { value: 270_000_000_000, unit: '元' }],
    ['占比达到94.4％', { value: 94.4, unit: '%' }],
    ['宽带平均接入带宽超500Mbps', { value: 500, unit: 'Mbps' }],
    ['新建1,200个', { value: 1200, unit: '个' }],
  ])('reads %s', (text, figure) => expect(figureIn(text)).toEqual(figure))

  it.each(['推进5G规模部署', '没有数字'])('finds no figure in %s', (text) => expect(figureIn(text)).toBeNull())
})

it('writes file sizes', () => {
  expect(formatSize(1500)).toBe('1.5 KB')
  expect(formatSize(2_500_000)).toBe('2.5 MB')
})
