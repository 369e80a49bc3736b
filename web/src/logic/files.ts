/** Addresses of files that the server writes. */
import { address, getFile, type Query } from '../api/client'
import { say } from './say'
import { saveFile } from './table'

/** The formats a kind is exported in, by the ending of the file. */
export const exportFormats = ['xlsx', 'csv', 'geojson', 'gpkg', 'zip', 'kml', 'dxf', 'json'] as const

export const exportAddress = (kind: string, format: string, where: Query): string =>
  address(`/exports/${kind}.${format}`, where)
export const templateAddress = (kind: string): string => address(`/templates/${kind}.xlsx`)
export const formAddress = (unit: number): string => address(`/forms/${unit}.xlsx`)

/**
 * Fetches a file, in answer to a form where one is given, and hands it to the reader; a refusal is told in the page, not
 * saved as a file.
 */
export async function fetchFile(from: string, fields?: Parameters<typeof getFile>[1]): Promise<void> {
  try {
    const { name, content } = await getFile(from, fields)
    saveFile(name, content)
  } catch (thrown) {
    say(thrown)
  }
}
