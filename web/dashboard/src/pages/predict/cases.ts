import {useEffect, useState} from 'preact/hooks';

import {ApiError, postJson} from '../../api/client';
import type {Prediction} from '../../api/types';
import {t} from '../../i18n';
import {inputTag, kRequired} from '../../state/tags';
import {parseNumber, plain} from '../../ui/format';

/** What was typed, by tag; empty where nothing was. */
export type Values = Record<string, string>;

/** The instant of the maintenance guide's test prediction, with a usual water flow. */
export const kExample: Values = {
  UCWIT: '7.5',
  UCAIT: '25',
  UCWF: '600',
  UCAIH: '50',
  AMBT: '22',
  UCTSP: '21',
};

export type Faults = Record<string, string>;

/** What is wrong with what was typed, by tag. */
export function check(values: Values): Faults {
  const faults: Faults = {};
  for (const name of kRequired) {
    if (!values[name]?.trim()) faults[name] = t('predict.required');
  }
  for (const [name, text] of Object.entries(values)) {
    if (!text.trim()) continue;
    const {low, high} = inputTag(name);
    const value = parseNumber(text);
    if (Number.isNaN(value)) faults[name] = t('predict.noNumber');
    else if (value < low || value > high) faults[name] = t('predict.outOfRange', {low: plain(low), high: plain(high)});
  }
  return faults;
}

/** The body of a request. */
export function bodyOf(values: Values): Record<string, number> {
  const body: Record<string, number> = {};
  for (const [name, text] of Object.entries(values)) {
    if (text.trim()) body[name] = parseNumber(text);
  }
  return body;
}

export function asCurl(values: Values): string {
  const body = JSON.stringify(bodyOf(values));
  return `curl -X POST ${window.location.origin}/predict -H 'Content-Type: application/json' -d '${body}'`;
}

export interface Answer {
  prediction?: Prediction;
  /** By tag; what belongs to none has the empty name. */
  faults: Faults;
  pending: boolean;
}

const kPauseMs = 60;

/** What the program says to `values`, shortly after they stop changing. The last good answer stays. */
export function usePrediction(values: Values | undefined): Answer {
  const [answer, setAnswer] = useState<Answer>({faults: {}, pending: true});
  const text = values && JSON.stringify(values);
  useEffect(() => {
    if (!values) return undefined;
    const faults = check(values);
    if (Object.keys(faults).length > 0) {
      setAnswer((before) => ({...before, faults, pending: false}));
      return undefined;
    }
    const abort = new AbortController();
    const ask = async () => {
      try {
        const prediction = await postJson<Prediction>('/predict?explain=true', bodyOf(values), abort.signal);
        setAnswer({prediction, faults: {}, pending: false});
      } catch (error) {
        if (abort.signal.aborted) return;
        const known = error instanceof ApiError ? error : undefined;
        const field = known?.problem.field ?? '';
        const message = known?.status === 0 ? t('missing.noAnswer') : (known?.message ?? String(error));
        setAnswer((before) => ({...before, faults: {[field]: message}, pending: false}));
      }
    };
    setAnswer((before) => ({...before, pending: true}));
    const timer = setTimeout(ask, kPauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return answer;
}
