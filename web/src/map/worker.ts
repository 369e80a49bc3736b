/** MapLibre's worker as a file of this page; without its address the map stays empty and asks for no tile. */
import { setWorkerUrl } from 'maplibre-gl'
import workerAddress from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'

setWorkerUrl(workerAddress)
