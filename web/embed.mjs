// Usage: node embed.mjs FOLDER OUT FUNCTION - writes OUT/FUNCTION.cpp, in which FUNCTION() lists the
// files below FOLDER as the pages they are (api/pages.h), and beside it their compressed bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

function filesBelow(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => entry.isDirectory()
      ? filesBelow(join(folder, entry.name), `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`]);
}

const pathOf = (file) =>
  file === 'index.html' ? '/' : `/${file.replace(/\/index\.html$/, '')}`;
// Vite puts a hash of eight characters before the extension of what it builds.
const isHashed = (file) => /^assets\/.*[-.][\w-]{8}\.\w+$/.test(file);

// The assembler reads the bytes: a compiler would need minutes for them in an array.
const embedded = (symbol, path) =>
  `__asm__(".section .rodata\\n.global ${symbol}\\n${symbol}:\\n.incbin \\"${path}\\"\\n"\n` +
  `        ".global ${symbol}_end\\n${symbol}_end:\\n.byte 0\\n.previous\\n");\n` +
  `extern "C" const char ${symbol}[];\nextern "C" const char ${symbol}_end[];\n`;

const [folder, out, name] = process.argv.slice(2);
const bytesOut = join(out, name);
rmSync(bytesOut, { recursive: true, force: true });
mkdirSync(bytesOut, { recursive: true });
let assembly = '';
let rows = '';
const files = filesBelow(folder);
files.forEach((file, i) => {
  const type = types[extname(file)];
  if (!type) throw new Error(`${file}: web/embed.mjs knows no content type for it`);
  const bytes = readFileSync(join(folder, file));
  const tag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const packed = {
    gzip: gzipSync(bytes, { level: 9 }),
    brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  };
  for (const [encoding, data] of Object.entries(packed)) {
    const path = join(bytesOut, `${i}.${encoding}`);
    writeFileSync(path, data);
    assembly += embedded(`hvac_${name}_${i}_${encoding}`, path);
  }
  const view = (encoding) => {
    const symbol = `hvac_${name}_${i}_${encoding}`;
    return `{${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}`;
  };
  rows += `      {"${pathOf(file)}", "${type}", "${tag}", ${isHashed(file)},\n` +
    `       ${view('gzip')},\n       ${view('brotli')}},\n`;
});
writeFileSync(join(out, `${name}.cpp`), `#include "api/pages.h"

${assembly}
namespace hvac::api {

std::span<const Page> ${name}() {
${files.length === 0 ? '  return {};' : `  static const Page kPages[] = {\n${rows}  };\n  return kPages;`}
}

}  // namespace hvac::api
`);
