/** Addresses of files that the server writes. */
import { address, type Query } from '../api/client'

/** The formats a kind is exported in, by the ending of the file. */
export const exportFormats = ['xlsx', 'csv', 'geojson', 'gpkg', 'zip', 'kml', 'dxf', 'json'] as const

export const exportAddress = (kind: string, format: string, where: Query): string => address(`/exports/${kind}.${format}`, where)
export const templateAddress = (kind: string): string => address(`/templates/${kind}.xlsx`)
export const formAddress = (unit: number): string => address(`/forms/${unit}.xlsx`)

/** Lets the browser fetch a file. */
export function fetchFile(from: string): void {
  const link = document.createElement('a')
  link.href = from
  link.download = ''
  link.click()
}
