/** Keys that command the checking of a reading. */

export type Command = 'next' | 'previous' | 'confirm' | 'dismiss' | 'edit' | 'add' | 'bind' | 'undo'

export interface Press {
  key: string
  ctrlKey?: boolean
  metaKey?: boolean
  altKey?: boolean
  target?: EventTarget | null
}

const commands = new Map<string, Command>([
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'confirm'],
  ['x', 'dismiss'],
  ['e', 'edit'],
  ['a', 'add'],
  ['b', 'bind'],
  ['u', 'undo'],
])

/** Each command with the key it is shown with. */
export const shownKeys: [Command, string][] = [...commands].map(([key, command]) => [command, key])

/** Whether a command changes nothing, so that every reader may give it. */
export const isLooking = (command: Command): boolean => command === 'next' || command === 'previous'

/** Whether a key belongs to a field that somebody types in. */
export function isTyping(target: EventTarget | null | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** Whether Enter belongs to what has the focus; a toggle that is on already leaves it to the commands. */
function isPressable(target: EventTarget | null | undefined): boolean {
  if (!(target instanceof HTMLElement) || target.closest('[aria-pressed="true"]')) return false
  return target.closest('button, a, [role="tab"], [role="button"], [role="option"]') !== null
}

/** Names the command of a key press; null while somebody types, holds a control key, or presses Enter on a button. */
export function commandOf(press: Press): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey || isTyping(press.target)) return null
  const command = commands.get(press.key.length === 1 ? press.key.toLowerCase() : press.key) ?? null
  return press.key === 'Enter' && isPressable(press.target) ? null : command
}

/** The place after or before `current` in a list of `length`; stops at both ends, begins at the first. */
export function step(current: number, length: number, command: 'next' | 'previous'): number {
  if (length === 0) return -1
  if (current < 0) return 0
  return Math.min(Math.max(current + (command === 'next' ? 1 : -1), 0), length - 1)
}
