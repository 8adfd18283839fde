import {useState} from 'preact/hooks';

import {t} from '../../i18n';
import {Choices} from '../../ui/parts';
import {Audit} from './audit';
import {Backups} from './backups';
import {Kpis} from './kpis';
import {Logs} from './logs';
import {Maintenance} from './maintenance';
import {ProgramState} from './program';

const kTabs = ['kpis', 'backups', 'maintenance', 'logs', 'audit'] as const;
type Tab = (typeof kTabs)[number];

function Figures() {
  return (
    <>
      <Kpis />
      <ProgramState />
    </>
  );
}

const kShown = {kpis: Figures, backups: Backups, maintenance: Maintenance, logs: Logs, audit: Audit};

export function Page() {
  const [tab, setTab] = useState<Tab>('kpis');
  const Shown = kShown[tab];
  return (
    <div class="stack">
      <div class="row">
        <Choices
          label={t('system.view')}
          value={tab}
          choices={kTabs.map((value) => ({value, label: t(`system.${value}`)}))}
          onChange={setTab}
        />
      </div>
      <Shown />
    </div>
  );
}
