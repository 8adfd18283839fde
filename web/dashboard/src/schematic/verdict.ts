import type {Alert, AssetView, Finding} from '../api/types';
import {known, t} from '../i18n';
import {alarmName} from '../i18n/alarms';
import {ageSeconds, isStale, openAlerts} from '../state/fleet';
import {meaning, unitOf} from '../state/tags';
import {age, number, quantity, unitText} from '../ui/format';
import type {Level} from '../ui/parts';

/** A finding in the language of the page; in the program's words when its kind is a new one. */
export function sentence(finding: Finding): string {
  const unit = unitOf(finding.tag);
  const values = {
    tag: finding.tag,
    what: finding.tag ? meaning(finding.tag) : '',
    value: quantity(Math.abs(finding.value), unit === 'degC' ? 'K' : unit),
    unit: unit === 'degC' ? 'K' : unitText(unit),
    percent: number(100 * finding.value, 0),
    kw: number(finding.value, 2),
    number: number(finding.value, 2),
  };
  const key = `finding.${finding.kind}`;
  return known(key) ? t(key, values) : finding.message;
}

export function levelOf(finding: Finding): Level {
  return finding.kind === 'outside_training' ? 'unknown' : 'warning';
}

export interface Verdict {
  level: Level;
  text: string;
}

/** Of this cooler, that holds and is no mere note. */
function pressingAlert(asset: string): Alert | undefined {
  return openAlerts.value?.find(
    (alert) => alert.asset === asset && alert.active && (alert.severity === 'warning' || alert.severity === 'critical'),
  );
}

/** What is wrong with this cooler, in one sentence. */
export function verdict(view: AssetView): Verdict {
  if (isStale(view)) {
    return {level: 'critical', text: t('verdict.stale', {age: age(ageSeconds(view))})};
  }
  const alert = pressingAlert(view.asset);
  const level = alert?.severity === 'critical' ? 'critical' : 'warning';
  const worst = view.findings.find((finding) => levelOf(finding) === 'warning') ?? view.findings[0];
  if (worst && (!alert || levelOf(worst) === 'warning')) {
    const more = view.findings.length - 1;
    const text = sentence(worst);
    return {
      level: alert ? level : levelOf(worst),
      text: more > 0 ? `${text} ${t('verdict.more', {n: more})}` : text,
    };
  }
  if (alert) return {level, text: t('verdict.alert', {what: alarmName(alert)})};
  return {level: 'normal', text: t(view.regime === 'fan_off' ? 'verdict.off' : 'verdict.good')};
}
