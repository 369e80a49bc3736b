/** Colours of operators' cells, dark enough to stand on any raster. */
export const inks = ['#14213d', '#8a1c63', '#0b5d3b', '#7a4300', '#4b3fb0', '#333333']
export const inkOf = (place: number): string => inks[place % inks.length]!
