import './styles/base.css';
import './styles/controls.css';
import './styles/parts.css';
import './styles/overview.css';
import './styles/schematic.css';
import './styles/predict.css';
import './styles/charts.css';
import './styles/pages.css';

import {render} from 'preact';

import {App} from './app';
import {startLanguage} from './i18n';
import {followFleet} from './state/fleet';
import {loadMe} from './state/session';
import {startTheme} from './state/theme';

startTheme();
void startLanguage().then(start);

function start(): void {
  void loadMe().catch(() => undefined);
  followFleet();
  const root = document.getElementById('app');
  if (root) render(<App />, root);
}
