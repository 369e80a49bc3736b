import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'

const server = process.env.QIPAN_SERVER ?? 'http://127.0.0.1:8600'

export default defineConfig({
  plugins: [vue(), Components({ dts: false, dirs: [], resolvers: [ElementPlusResolver({ importStyle: 'css' })] })],
  define: { __VUE_I18N_FULL_INSTALL__: false, __VUE_I18N_LEGACY_API__: false, __VUE_OPTIONS_API__: true },
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../src/qipan/api/page', import.meta.url)),
    emptyOutDir: true,
    // No data: addresses, so that the page runs under a content policy of 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router|pinia|vue-i18n|@intlify)[\\/]/ },
            {
              name: 'element',
              test: /node_modules[\\/](element-plus|@element-plus|@floating-ui|@popperjs|@vueuse|lodash|lodash-es|dayjs|async-validator)[\\/]/,
            },
            { name: 'maplibre', test: /node_modules[\\/](maplibre-gl|@maplibre|@mapbox)[\\/]/ },
            { name: 'echarts', test: /node_modules[\\/](echarts|zrender)[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': server, '/ogc': server, '/health': server } },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
})
