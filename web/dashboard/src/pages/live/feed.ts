import {signal} from '@preact/signals';

import {ApiError, withQuery} from '../../api/client';
import {Stream} from '../../api/stream';
import type {AssetView} from '../../api/types';
import {history, rowsOf} from '../history/data';
import {Buffer} from './buffer';
import {kPrefilled} from './panels';

/** The live samples of one cooler, from when its page was first opened. Kept between visits. */
export class Feed {
  readonly buffer = new Buffer();
  readonly stream: Stream;
  /** Milliseconds since 1970, of the last arrivals; for the rate. */
  private arrivals: number[] = [];
  readonly rate = signal(0);
  /** What came before the past did; nothing once that is there. */
  private early: AssetView[] | undefined = [];

  constructor(private readonly asset: string) {
    this.stream = new Stream(withQuery('/api/v1/stream', {asset}), (event) => {
      if (event.type !== 'outcome') return;
      const view = JSON.parse(event.data) as AssetView;
      if (this.early) this.early.push(view);
      else this.buffer.add(view);
      this.arrivals.push(Date.now());
    });
  }

  /**
   * Begins with what the store has of the last `seconds` before `newest`. It is asked once the stream
   * is open, so that no sample falls between the two.
   */
  async begin(newest: number, seconds: number): Promise<void> {
    this.stream.open();
    await this.opened();
    try {
      const past = await history(this.asset, kPrefilled, newest - 1000 * seconds, undefined, 600);
      for (const {time, values} of rowsOf(past)) this.buffer.addRow(time, values);
    } catch (error) {
      // Nothing stored: the charts begin now.
      if (!(error instanceof ApiError)) throw error;
    }
    for (const view of this.early ?? []) this.buffer.add(view);
    this.early = undefined;
  }

  private opened(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.stream.state.subscribe((state) => {
        if (state === 'connecting') return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  }

  /** Samples per second over the last five seconds. */
  measureRate(): void {
    const from = Date.now() - 5_000;
    this.arrivals = this.arrivals.filter((at) => at >= from);
    this.rate.value = this.arrivals.length / 5;
  }
}

const feeds = new Map<string, Feed>();

/** The feed of `asset`, running. */
export async function openFeed(asset: string, newest: string, seconds: number): Promise<Feed> {
  const known = feeds.get(asset);
  if (known) {
    known.stream.open();
    return known;
  }
  const feed = new Feed(asset);
  feeds.set(asset, feed);
  await feed.begin(Date.parse(newest), seconds);
  return feed;
}
