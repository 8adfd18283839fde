import {signal} from '@preact/signals';

import {withQuery} from '../../api/client';
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

  constructor(asset: string) {
    this.stream = new Stream(withQuery('/api/v1/stream', {asset}), (event) => {
      if (event.type !== 'outcome') return;
      this.buffer.add(JSON.parse(event.data) as AssetView);
      this.arrivals.push(Date.now());
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

/** The feed of `asset`, begun with what the store has of the last `seconds` where it has any. */
export async function openFeed(asset: string, newest: string, seconds: number): Promise<Feed> {
  const known = feeds.get(asset);
  if (known) {
    known.stream.open();
    return known;
  }
  const feed = new Feed(asset);
  feeds.set(asset, feed);
  const to = Date.parse(newest);
  try {
    const past = await history(asset, kPrefilled, to - 1000 * seconds, to, 600);
    for (const {time, values} of rowsOf(past)) feed.buffer.addRow(time, values);
  } catch {
    // Nothing stored: the charts begin now.
  }
  feed.stream.open();
  return feed;
}
