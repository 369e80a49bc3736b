/** Fields of a form as data: what each asks for, in which unit and range, and why. */

export interface Option {
  key: string | number
  name: string
}
interface Asked {
  key: string
  label: string
  /** What happens where nothing is filled in, or what the figure does. */
  why?: string
  placeholder?: string
  /** Takes the whole line where a form has two fields on one. */
  wide?: boolean
}
export type Field = Asked &
  (
    | { kind: 'number'; least?: number; most?: number; step?: number; unit?: string }
    | { kind: 'one'; options: Option[]; always?: boolean }
    | { kind: 'many' | 'checks' | 'radio'; options: Option[] }
    | { kind: 'switch' | 'date' }
    /** Drawn by the form itself, in the slot of the field's key. */
    | { kind: 'own' }
  )
