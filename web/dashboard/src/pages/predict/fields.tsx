import {useId} from 'preact/hooks';

import {t} from '../../i18n';
import {inputTag, kInputTags, kRequired, meaning, type Tag} from '../../state/tags';
import {parseNumber, plain, typed, unitText} from '../../ui/format';
import type {Faults, Values} from './cases';

interface FieldProps {
  tag: Tag;
  value: string;
  other: string | undefined;
  fault: string | undefined;
  onChange: (value: string) => void;
}

function Field({tag, value, other, fault, onChange}: FieldProps) {
  const id = useId();
  const [low, high, step] = tag.usual;
  const now = parseNumber(value);
  const shown = Number.isNaN(now) ? (low + high) / 2 : Math.min(Math.max(now, low), high);
  return (
    <div class={`field${fault ? ' field-wrong' : ''}`}>
      <label for={id}>
        <span class="field-name">{meaning(tag.name)}</span>
        <span class="code">{tag.name}</span>
      </label>
      <input
        class="slider"
        type="range"
        min={low}
        max={high}
        step={step}
        value={shown}
        aria-label={`${meaning(tag.name)}, ${t('predict.slider')}`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span class="field-value">
        <input
          id={id}
          inputMode="decimal"
          autocomplete="off"
          value={typed(value)}
          aria-invalid={fault ? 'true' : undefined}
          aria-describedby={`${id}-hint`}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <span class="unit">{unitText(tag.unit)}</span>
      </span>
      <p id={`${id}-hint`} class="field-hint">
        {fault ? (
          <span class="error">{fault}</span>
        ) : (
          <>
            {t('predict.range', {low: plain(tag.low), high: plain(tag.high)})}
            {other !== undefined && other !== value && ` · ${t('predict.otherCase', {value: typed(other) || '–'})}`}
          </>
        )}
      </p>
    </div>
  );
}

interface FieldsProps {
  values: Values;
  others: Values | undefined;
  faults: Faults;
  onChange: (name: string, value: string) => void;
}

const kGroups = ['air', 'water', 'valve', 'pump', 'fan', 'heater'] as const;

/** The six fields of the guide, and every other tag on demand. */
export function Fields({values, others, faults, onChange}: FieldsProps) {
  const field = (tag: Tag) => (
    <Field
      key={tag.name}
      tag={tag}
      value={values[tag.name] ?? ''}
      other={others ? (others[tag.name] ?? '') : undefined}
      fault={faults[tag.name]}
      onChange={(value) => onChange(tag.name, value)}
    />
  );
  const isRequired = (tag: Tag) => (kRequired as readonly string[]).includes(tag.name);
  const more = kInputTags.filter((tag) => !isRequired(tag));
  const given = more.filter((tag) => values[tag.name]?.trim()).length;
  return (
    <>
      {kRequired.map((name) => field(inputTag(name)))}
      <details class="more">
        <summary>{t('predict.more', {given, all: more.length})}</summary>
        <p class="hint">{t('predict.moreText')}</p>
        {kGroups.map((group) => {
          const tags = more.filter((tag) => tag.group === group);
          if (tags.length === 0) return null;
          return (
            <fieldset key={group}>
              <legend>{t(`group.${group}`)}</legend>
              {tags.map(field)}
            </fieldset>
          );
        })}
      </details>
    </>
  );
}
