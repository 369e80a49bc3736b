import { describe, expect, it } from 'vitest'
import type { OverviewRow, StatusKey } from '../src/api/types'
import { counted, grouped, narrowed, ofStatus, ordered, urgency } from '../src/logic/overview'
import { pathLines } from '../src/logic/paths'

const row = (id: number, status: StatusKey, chapter: string, attainment: number | null): OverviewRow =>
  ({
    target: { id, plan_id: 1, name: `目标${id}`, scope: '', quote: '' },
    plan_title: '计划',
    chapter,
    status,
    attainment,
    schedule_index: null,
  }) as OverviewRow

const rows = [
  row(1, 'achieved', '一', 1.1),
  row(2, 'no_data', '二', null),
  row(3, 'seriously_lagging', '一', 0.4),
  row(4, 'lagging', '二', 0.8),
]

describe('overview', () => {
  it('never drops a target for want of data', () => {
    for (const order of ['document', 'urgency', 'attainment', 'schedule'] as const) {
      expect(ordered(rows, order)).toHaveLength(rows.length)
      expect(grouped(ordered(rows, order), order).flatMap((group) => group.rows)).toHaveLength(rows.length)
    }
  })

  it('puts what needs a person first', () => {
    expect(ordered(rows, 'urgency').map((one) => one.status)).toEqual([
      'seriously_lagging',
      'lagging',
      'no_data',
      'achieved',
    ])
    expect(ordered(rows, 'attainment').map((one) => one.target.id)).toEqual([3, 4, 1, 2])
  })

  it('narrows by chapter and words, then by status', () => {
    expect(narrowed(rows, { chapter: '一', words: '' })).toHaveLength(2)
    expect(narrowed(rows, { chapter: '', words: ' 目标4 ' }).map((one) => one.target.id)).toEqual([4])
    expect(ofStatus(rows, 'no_data').map((one) => one.target.id)).toEqual([2])
    expect(ofStatus(rows, '')).toHaveLength(4)
  })

  it('counts each status and knows the order of all eight', () => {
    expect(counted(rows).get('lagging')).toBe(1)
    expect(new Set(urgency).size).toBe(8)
  })

  it('groups by chapter in the order of the document only', () => {
    expect(grouped(rows, 'document').map((group) => group.rows.length)).toEqual([2, 2])
    expect(grouped(rows, 'urgency')).toHaveLength(1)
  })
})

describe('path lines', () => {
  const path = [
    { day: '2021-12-31', value: 0 },
    { day: '2025-12-31', value: 100 },
  ]
  it('draws both lines into one box', () => {
    const lines = pathLines(path, [{ day: '2023-12-31', value: 60 }], '2024-06-30', 100, 20, 0)
    expect(lines?.path).toBe('M0.0 20.0L100.0 0.0')
    expect(lines?.last?.y).toBeCloseTo(8)
    expect(lines?.now).toBeGreaterThan(50)
  })
  it('skips months without a value and draws nothing from one point', () => {
    expect(pathLines(path, [{ day: '2022-12-31', value: null }], null, 100, 20)?.series).toBe('')
    expect(pathLines([], [{ day: '2022-12-31', value: 1 }], null, 100, 20)).toBeNull()
  })
  it('draws a level line in the middle', () => {
    const level = [
      { day: '2021-12-31', value: 5 },
      { day: '2022-12-31', value: 5 },
    ]
    expect(pathLines(level, [], null, 100, 20)?.path).toContain('10.0')
  })
})
