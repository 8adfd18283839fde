/** A sentence of the program, `{}` where it fills something in, and the same in another language. */
export type Phrase = readonly [from: string, to: string];

/** As the program separates sentences that it puts one after the other. */
const kBetween = '; ';
/** A decimal that stands by itself: no version, address or time. */
const kDecimal = /(?<![\w.])(\d+)\.(\d+)(?![\w.])/g;

const patterns = new Map<string, RegExp>();

function patternOf(from: string): RegExp {
  let pattern = patterns.get(from);
  if (!pattern) {
    const parts = from.split('{}').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    // What is filled into one sentence does not reach into the next.
    const filled = from.includes(kBetween) ? '(.*?)' : `((?:(?!${kBetween}).)*?)`;
    pattern = new RegExp(`^${parts.join(filled)}$`);
    patterns.set(from, pattern);
  }
  return pattern;
}

function whole(text: string, phrases: readonly Phrase[]): string | undefined {
  for (const [from, to] of phrases) {
    const found = patternOf(from).exec(text);
    if (!found) continue;
    let next = 1;
    return to.replace(/\{\}/g, () => {
      const filled = found[next++] ?? '';
      return whole(filled, phrases) ?? filled.replace(kDecimal, '$1,$2');
    });
  }
  return undefined;
}

/**
 * `text` by the first of `phrases` that it is, what is filled in likewise, with a decimal comma; else
 * each of its sentences by itself; else as it is.
 */
export function translate(text: string, phrases: readonly Phrase[]): string {
  if (phrases.length === 0 || text === '') return text;
  return (
    whole(text, phrases) ??
    text
      .split(kBetween)
      .map((part) => whole(part, phrases) ?? part)
      .join(kBetween)
  );
}
