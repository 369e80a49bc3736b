/** Values of areas as a few classes of colour, light to dark, each holding about as many areas. */

export const ramp = ['#e3edf5', '#b5d0e6', '#7fadd0', '#4683b3', '#1f4e79']

export interface ValueClass {
  colour: string
  from: number
  to: number
}
export interface Classes {
  colours: Map<string, string>
  classes: ValueClass[]
}

/** Sorts areas by value into at most five classes; equal values share a class. */
export function classesOf(values: { code: string; value: number | null }[]): Classes {
  const known = values.filter((one): one is { code: string; value: number } => one.value !== null)
  known.sort((one, other) => one.value - other.value)
  const distinct = [...new Set(known.map((one) => one.value))]
  const count = Math.min(ramp.length, distinct.length)
  const colours = new Map<string, string>()
  const classes: ValueClass[] = []
  for (const { code, value } of known) {
    const place = Math.floor((distinct.indexOf(value) * count) / distinct.length)
    const colour = ramp[count === 1 ? 2 : Math.round((place * (ramp.length - 1)) / (count - 1))] as string
    colours.set(code, colour)
    const last = classes.at(-1)
    if (last?.colour === colour) last.to = value
    else classes.push({ colour, from: value, to: value })
  }
  return { colours, classes }
}
