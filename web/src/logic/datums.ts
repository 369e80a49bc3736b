/** Coordinate systems in which files bring their places. */
export const datums = ['wgs84', 'cgcs2000', 'gcj02', 'bd09'] as const
