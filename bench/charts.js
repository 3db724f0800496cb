// Bar charts of the benches that compare servers, as SVG.

import { init } from 'echarts'
import { median } from './interleave.js'

const headings = {
  poll: 'CPU microseconds of a poll',
  flow: 'CPU microseconds of a whole sign-in: codes, approval, tokens',
}
/** Ours stands out; the scale is logarithmic, because the slowest takes a hundred times what the fastest does. */
const colours = { ours: '#0b6e4f', others: '#9aa5b1' }

/** The chart of a bench, or `undefined` for one that has none. */
export function chartOf({ bench, titles, values }) {
  if (headings[bench] === undefined) return undefined
  const bars = Object.entries(values)
    .map(([name, figures]) => ({ title: titles[name] ?? name, value: median(figures[bench]) }))
    .sort((one, other) => other.value - one.value)
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 720, height: 60 + 24 * bars.length })
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: headings[bench], left: 'center', textStyle: { fontSize: 15 } },
    grid: { left: 190, right: 60, top: 36, bottom: 20 },
    xAxis: { type: 'log', min: 10, axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { type: 'category', data: bars.map(({ title }) => title), axisTick: { show: false } },
    series: [
      {
        type: 'bar',
        label: { show: true, position: 'right', formatter: ({ value }) => String(Math.round(value)) },
        data: bars.map(({ title, value }) => ({
          value,
          itemStyle: { color: title.endsWith('Device Auth') ? colours.ours : colours.others },
        })),
      },
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${svg}\n`
}
