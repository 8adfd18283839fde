import {useState} from 'preact/hooks';

import type {Prediction} from '../../api/types';
import {type CoilCase, CoilDiagram} from '../../charts/coil_diagram';
import {airProcess} from '../../charts/moist_air';
import {type NamedProcess, PsychroChart} from '../../charts/psychro_chart';
import {t} from '../../i18n';
import {asset} from '../../state/fleet';
import {kInputTags} from '../../state/tags';
import {number} from '../../ui/format';
import {Icon} from '../../ui/icons';
import {Choices, Empty, Panel} from '../../ui/parts';
import {say} from '../../ui/toast';
import {asCurl, bodyOf, check, kExample, usePrediction, type Values} from './cases';
import {Fields} from './fields';
import {DomainGauge, Results, Why} from './results';

type CaseName = 'A' | 'B';

function liveValues(): Values | undefined {
  const inputs = asset.value?.inputs;
  if (!inputs) return undefined;
  const values: Values = {};
  for (const {name} of kInputTags) {
    const value = inputs[name];
    if (value !== undefined) values[name] = String(value);
  }
  return values;
}

function drawing(name: string, values: Values, prediction: Prediction | undefined) {
  if (!prediction || Object.keys(check(values)).length > 0) return undefined;
  const {UCAIT, UCAIH, UCWIT, UCWF} = bodyOf(values) as Record<string, number>;
  const {UCAOT, UCWOT, UCAF} = prediction;
  if (UCAOT === null || UCWOT === null || UCAF === null) return undefined;
  const process = airProcess(UCAIT!, UCAIH!, UCAOT, UCAF, UCWIT!, UCWOT, UCWF!);
  const coil: CoilCase = {
    name,
    airInlet: UCAIT!,
    airOutlet: UCAOT,
    waterInlet: UCWIT!,
    waterOutlet: UCWOT,
    dewPoint: process.dewPoint,
  };
  return {process: {name, process} satisfies NamedProcess, coil};
}

async function copyCurl(values: Values): Promise<void> {
  const text = asCurl(values);
  try {
    await navigator.clipboard.writeText(text);
    say(t('predict.copied'));
  } catch {
    // Without a secure origin there is no clipboard: the text is shown to be copied by hand.
    window.prompt(t('predict.copyByHand'), text);
  }
}

export function Page() {
  const [a, setA] = useState<Values>(kExample);
  const [b, setB] = useState<Values | undefined>(undefined);
  const [editing, setEditing] = useState<CaseName>('A');
  const first = usePrediction(a);
  const second = usePrediction(b);
  const onB = editing === 'B' && b !== undefined;
  const values = onB ? b : a;
  const answer = onB ? second : first;
  const change = (next: Values) => (onB ? setB(next) : setA(next));
  const other = b ? second.prediction : undefined;
  const drawings = [drawing('A', a, first.prediction), b && drawing('B', b, other)].filter(
    (entry) => entry !== undefined,
  );
  const live = liveValues();
  return (
    <div class="predict">
      <Panel
        title={t('predict.conditions')}
        class="predict-form"
        actions={
          b ? (
            <>
              <Choices
                label={t('predict.case')}
                value={editing}
                choices={[
                  {value: 'A', label: 'A'},
                  {value: 'B', label: 'B'},
                ]}
                onChange={setEditing}
              />
              <button type="button" class="button" onClick={() => (setB(undefined), setEditing('A'))}>
                {t('predict.endCompare')}
              </button>
            </>
          ) : (
            <button type="button" class="button" onClick={() => (setB({...a}), setEditing('B'))}>
              {t('predict.compare')}
            </button>
          )
        }
      >
        <div class="row">
          <button type="button" class="button" onClick={() => change(kExample)}>
            {t('predict.example')}
          </button>
          <button type="button" class="button" disabled={!live} onClick={() => live && change(live)}>
            {t('predict.fromLive')}
          </button>
          <button
            type="button"
            class="button"
            disabled={Object.keys(check(values)).length > 0}
            onClick={() => void copyCurl(values)}
          >
            <Icon name="copy" size={16} /> {t('predict.copyCurl')}
          </button>
        </div>
        <Fields
          values={values}
          others={b ? (onB ? a : b) : undefined}
          faults={answer.faults}
          onChange={(name, value) => change({...values, [name]: value})}
        />
      </Panel>
      <div class="predict-results">
        {answer.faults[''] && (
          <p class="error panel" role="alert">
            {answer.faults['']}
          </p>
        )}
        {first.prediction ? (
          <>
            <Panel
              title={t('predict.result')}
              note={t('predict.resultNote', {
                version: first.prediction.model_version,
                ms: number(first.prediction.inference_time_ms, 3),
              })}
              class={Object.keys(answer.faults).length > 0 ? 'outdated' : ''}
            >
              <Results prediction={first.prediction} other={other} />
              <DomainGauge prediction={onB && other ? other : first.prediction} />
              {first.prediction.model_origin === 'simulated' && <p class="hint">{t('predict.simulated')}</p>}
            </Panel>
            {drawings.length > 0 && (
              <div class="pair">
                <Panel title={t('coil.title')}>
                  <CoilDiagram cases={drawings.map((entry) => entry.coil)} />
                </Panel>
                <Panel title={t('psychro.title')}>
                  <PsychroChart processes={drawings.map((entry) => entry.process)} />
                  <p class="hint">
                    {t('psychro.text', {
                      sensible: number(drawings[0]?.process.process.sensible, 2),
                      latent: number(drawings[0]?.process.process.latent, 2),
                      condensate: number(drawings[0]?.process.process.condensate, 2),
                    })}
                  </p>
                </Panel>
              </div>
            )}
            <Why prediction={onB && other ? other : first.prediction} />
          </>
        ) : (
          <Empty title={t(first.pending ? 'missing.loading' : 'predict.nothing')} />
        )}
      </div>
    </div>
  );
}
