/** A chart in a box of the page: drawn when the box is there and what it shows changes, fitted to its size. */
import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { onBeforeUnmount, onMounted, watch, type Ref, type WatchSource } from 'vue'

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer])

/** Draws `options` into `box`, and again whenever a source changes; without movement, in the page's own font. */
export function useChart(
  box: Ref<HTMLDivElement | null>,
  options: () => EChartsCoreOption,
  sources: WatchSource[],
): void {
  let chart: EChartsType | null = null
  let watcher: ResizeObserver | null = null
  function draw(): void {
    const textStyle = { fontFamily: getComputedStyle(document.body).fontFamily }
    chart?.setOption({ animation: false, textStyle, ...options() }, true)
  }
  onMounted(() => {
    if (!box.value) return
    chart = init(box.value)
    draw()
    watcher = new ResizeObserver(() => chart?.resize())
    watcher.observe(box.value)
  })
  watch(sources, draw)
  onBeforeUnmount(() => {
    watcher?.disconnect()
    chart?.dispose()
  })
}
