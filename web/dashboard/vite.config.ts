import {defineConfig} from 'vite';

export default defineConfig({
  base: './',
  esbuild: {jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none'},
  build: {
    target: 'es2020',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      output: {manualChunks: (id) => (id.includes('/uplot/dist/uPlot.esm') ? 'uplot' : undefined)},
    },
  },
  server: {
    proxy: {
      '/health': 'http://127.0.0.1:8000',
      '/predict': 'http://127.0.0.1:8000',
      '/api': 'http://127.0.0.1:8000',
    },
  },
});
