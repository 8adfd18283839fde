import type {Plot, PlotData} from '../../charts/plot';
import type {Buffer} from './buffer';

export interface View {
  /** Width of the window [s of the samples' time]. */
  seconds: number;
  /** Shown instead of the newest samples: while paused or zoomed. */
  fixed: [number, number] | undefined;
}

interface Shown {
  plot: Plot;
  series: string[];
  visible: boolean;
  /** What was drawn last. */
  drawn: string;
  /** When its legend was written last [ms]: no eye reads ten numbers a second. */
  read: number;
}

/** At most ten frames a second. */
const kFrameMs = 100;
const kLegendMs = 500;

/**
 * Draws the live charts: only those in sight, only when there is something new, all in one frame.
 */
export class Frames {
  private readonly shown = new Map<Element, Shown>();
  private readonly sight: IntersectionObserver;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly buffer: Buffer,
    readonly view: View,
  ) {
    this.sight = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const shown = this.shown.get(entry.target);
          if (shown) shown.visible = entry.isIntersecting;
        }
      },
      {rootMargin: '100px'},
    );
    this.timer = setInterval(() => {
      if (this.isBehind()) requestAnimationFrame(() => this.draw());
    }, kFrameMs);
  }

  add(plot: Plot, element: Element, series: string[]): () => void {
    this.shown.set(element, {plot, series, visible: true, drawn: '', read: 0});
    this.sight.observe(element);
    return () => {
      this.sight.unobserve(element);
      this.shown.delete(element);
    };
  }

  stop(): void {
    clearInterval(this.timer);
    this.sight.disconnect();
  }

  get range(): [number, number] {
    const {fixed, seconds} = this.view;
    if (fixed) return fixed;
    const to = this.buffer.last;
    return [to - seconds, to];
  }

  /** What would be drawn now, in short. */
  private get state(): string {
    const [from, to] = this.range;
    return this.view.fixed ? `${from} ${to}` : `${from} ${to} ${this.buffer.received}`;
  }

  private isBehind(): boolean {
    const {state} = this;
    return [...this.shown.values()].some(({visible, drawn}) => visible && drawn !== state);
  }

  private draw(): void {
    if (this.buffer.times.length === 0) return;
    const [from, to] = this.range;
    const now = performance.now();
    const {state} = this;
    let begin = -1;
    let end = -1;
    let times: number[] = [];
    for (const shown of this.shown.values()) {
      if (!shown.visible || shown.drawn === state) continue;
      if (begin < 0) {
        begin = Math.max(0, this.buffer.indexFrom(from) - 1);
        end = Math.min(this.buffer.times.length, this.buffer.indexFrom(to) + 1);
        times = this.buffer.times.slice(begin, end);
      }
      const columns = shown.series.map((name) => this.buffer.column(name).slice(begin, end));
      shown.plot.setData([times, ...columns] as PlotData, [from, to]);
      shown.drawn = state;
      if (now - shown.read < kLegendMs) continue;
      shown.plot.showNewest();
      shown.read = now;
    }
  }
}
