import type {Phrase} from './phrases';

/**
 * What the program says of drift, models, alerts and maintenance, in Spanish. Each left side is a format
 * of its sources with every field as `{}`: tests/browser/units_test.mjs looks for it there.
 */
export const spanish: readonly Phrase[] = [
  // src/drift
  [
    '{} % of the values lie beyond what the reference reaches ({} .. {}); limit {} %',
    'El {} % de los valores queda fuera de lo que alcanza la referencia ({} .. {}); límite {} %',
  ],
  ['holds {} without moving, which the reference never did', 'Se queda en {} sin moverse; la referencia nunca lo hizo'],
  [
    'PSI {} is at least {}; mean {} -> {}, standard deviation {} -> {}',
    'El PSI {} llega a {}; media {} → {}, desviación típica {} → {}',
  ],
  [
    'PSI {} alone would be {}, but parts of the reference differ from each other by up to {}: this may be no change at all',
    'El PSI {} por sí solo sería {}, pero partes de la referencia difieren entre sí hasta {}: puede que nada haya cambiado',
  ],
  ['warning', 'un aviso'],
  ['critical', 'crítico'],
  [
    'the reference has {} values in mode {}, at least {} are needed',
    'La referencia tiene {} valores en el modo {}; hacen falta al menos {}',
  ],
  ['{} values in mode {}, at least {} are needed', '{} valores en el modo {}; hacen falta al menos {}'],
  ['excluded by the configuration (drift.excluded)', 'Excluida por la configuración (drift.excluded)'],
  ['no values to compare', 'Sin valores que comparar'],
  [
    'Check the sensors {}; if the change is real, retrain (`hvac-twin retrain`) or, if it is the new normal, `hvac-twin drift rebaseline`.',
    'Revise los sensores {}; si el cambio es real, reentrene (`hvac-twin retrain`) o, si es lo normal desde ahora, `hvac-twin drift rebaseline`.',
  ],
  [
    'Check the sensors {} and what changed at the cooler.',
    'Revise los sensores {} y qué ha cambiado en el enfriador.',
  ],
  ['Keep an eye on {}.', 'Vigile {}.'],
  ['Nothing to do.', 'Nada que hacer.'],
  [
    'There is too little to judge: at least {} values of a tag in a mode are needed.',
    'Hay muy poco que juzgar: hacen falta al menos {} valores de una señal en un modo.',
  ],
  ['there is no current model', 'no hay modelo actual'],

  // src/training: the gate
  [
    '{} usable samples ({} learned from, {} held out); at least {} are required (gate.min_samples)',
    '{} muestras útiles ({} para aprender, {} apartadas); se exigen al menos {} (gate.min_samples)',
  ],
  [
    'learned from {} usable samples; at least {} are required',
    'aprendió de {} muestras útiles; se exigen al menos {}',
  ],
  [
    'every score is of rows not learned from ({} of them by the models of the folds)',
    'toda puntuación es de filas de las que no aprendió ({} de ellas por los modelos de los pliegues)',
  ],
  [
    'it is not known which rows the model learned from: none of the given rows can be called held out (--unseen says that it learned from none of them)',
    'no se sabe de qué filas aprendió el modelo: ninguna de las dadas puede llamarse apartada (--unseen dice que no aprendió de ninguna)',
  ],
  [
    '{} held-out rows in {} blocks with the fan on; at least {} blocks are required for a difference to be told from chance',
    '{} filas apartadas en {} bloques con el ventilador en marcha; hacen falta al menos {} bloques para distinguir una diferencia del azar',
  ],
  [
    '{}: R2 {} with the fan on (at most {}; required {}); first principles alone reach {}',
    '{}: R² {} con el ventilador en marcha (a lo sumo {}; se exige {}); los primeros principios solos llegan a {}',
  ],
  [
    '{}: R2 {}, {} has {} (change {}, between {} and {} with {} % confidence)',
    '{}: R² {}; {} tiene {} (cambio {}, entre {} y {} con un {} % de confianza)',
  ],
  [
    '{}: MAPE {} %, {} has {} % (change {}, between {} and {} with {} % confidence)',
    '{}: MAPE {} %; {} tiene {} % (cambio {}, entre {} y {} con un {} % de confianza)',
  ],
  [
    '{} in {}: MAE {} {}, {} has {} ({} %, at least {} %; limit {} %)',
    '{} con {}: EMA {} {}; {} tiene {} ({} %, al menos {} %; límite {} %)',
  ],
  [
    '{}: the 90 % intervals hold {} of the measured values (between {} and {}; required {}..{})',
    '{}: los intervalos del 90 % contienen {} de los valores medidos (entre {} y {}; se exige {}..{})',
  ],
  [
    'one prediction takes {} ms (P95; limit {}) and {} ms (P99; limit {})',
    'una predicción tarda {} ms (P95; límite {}) y {} ms (P99; límite {})',
  ],
  ['the bundle has {} MB; the limit is {}', 'el paquete ocupa {} MB; el límite es {}'],
  [
    '{}: {}by {} {} on average, the contrary at {} % of {} operating points (limit {} %)',
    '{}: {}en {} {} de media; lo contrario en el {} % de {} puntos de trabajo (límite {} %)',
  ],
  ['not so, ', 'no es así, '],
  ['the air outlet is warmer when the air inlet is', 'la salida de aire es más cálida cuando lo es la entrada de aire'],
  [
    'the air outlet is warmer when the water inlet is',
    'la salida de aire es más cálida cuando lo es la entrada de agua',
  ],
  [
    'the water outlet is warmer when the water inlet is',
    'la salida de agua es más cálida cuando lo es la entrada de agua',
  ],
  [
    'the water outlet is warmer when the air inlet is',
    'la salida de agua es más cálida cuando lo es la entrada de aire',
  ],
  ['the air outlet is colder when more water flows', 'la salida de aire es más fría cuando pasa más agua'],
  ['the water outlet is colder when more water flows', 'la salida de agua es más fría cuando pasa más agua'],
  ['more air flows when the fan turns faster', 'pasa más aire cuando el ventilador gira más rápido'],
  [
    '{} of {} answers over the operating range are no cooler\'s{} (limit {} %)',
    '{} de {} respuestas en el rango de trabajo no son de un enfriador{} (límite {} %)',
  ],
  [
    'air and water heat agree within their uncertainty in {} % of {} settled predictions, in {} % of the measurements (may be {} % fewer)',
    'el calor del aire y el del agua concuerdan dentro de su incertidumbre en el {} % de {} predicciones en régimen y en el {} % de las medidas (puede ser un {} % menos)',
  ],
  [
    '{}: predictions fit the row before better than their own (MAE ratio {}, limit {}): an input holds past targets',
    '{}: las predicciones se ajustan mejor a la fila anterior que a la suya (razón de EMA {}, límite {}): una entrada contiene objetivos pasados',
  ],
  ['leakage audit: passed', 'auditoría de fugas: superada'],
  ['leakage audit: {}', 'auditoría de fugas: {}'],
  ['fan_on', 'ventilador en marcha'],
  ['fan_off', 'ventilador parado'],

  // Models: on trial, proposed, registered
  [
    '{}: R2 is {} lower than that of {} on live telemetry',
    '{}: su R² es {} menor que el de {} con la telemetría en vivo',
  ],
  [
    '{}: MAPE is {} % higher than that of {} on live telemetry',
    '{}: su MAPE es un {} % mayor que el de {} con la telemetría en vivo',
  ],
  [
    'accepted by the gate, not worse than {} on {} live samples',
    'aceptado por el control, no peor que {} en {} muestras en vivo',
  ],
  ['the gate has not accepted it against {}', 'el control no lo ha aceptado frente a {}'],
  ['critical drift: {} (limit {})', 'deriva crítica: {} (límite {})'],
  [
    '{}: R2 of tracking is {} (at most {}) on {} live samples, limit {}',
    '{}: el R² con seguimiento es {} (a lo sumo {}) en {} muestras en vivo; límite {}',
  ],
  [
    '{}: R2 is {} (at most {}) on {} live samples, the model card says {}',
    '{}: el R² es {} (a lo sumo {}) en {} muestras en vivo; la ficha del modelo dice {}',
  ],
  ['the current model is {} days old (limit {})', 'el modelo actual tiene {} días (límite {})'],
  ['the season changes on {} (MM-DD)', 'la estación cambia el {} (MM-DD)'],
  ['equipment was changed: {}', 'se cambió el equipo: {}'],
  ['{} of {} samples since {}', '{} de {} muestras desde {}'],
  ['trained on request', 'entrenado a petición'],
  ['the first model', 'el primer modelo'],

  // Findings and alerts
  [
    '{} stays {} the prediction by {} (limit of the cumulated departure {} standard deviations): compare with a hand instrument, then look at fan, valve and coil',
    '{} queda {} la predicción en {} (límite de la desviación acumulada: {} desviaciones típicas): compare con un instrumento de mano y mire ventilador, válvula y batería',
  ],
  [
    '{} is {}, predicted {} ({} to {}), on average {} {}',
    '{} es {}; predicho {} ({} a {}), de media {} {} lo predicho',
  ],
  ['nothing believable', 'nada creíble'],
  ['above', 'por encima de'],
  ['below', 'por debajo de'],
  [
    '{} gives little or nothing believable, {} bad samples or more (limit {}): check the sensor and its wiring',
    '{} da poco o nada creíble, {} muestras malas o más (límite {}): revise el sensor y su cableado',
  ],
  [
    'conditions lie {} times as far out as the training data reach (limit {}, farthest: {}): trust first principles more than the model',
    'las condiciones están {} veces más lejos de lo que alcanzan los datos de entrenamiento (límite {}; lo más lejano: {}): fíese más de los primeros principios que del modelo',
  ],
  [
    'air and water differ by {} kW about the heat (limit {} kW): one of UCAF, UCAOT, UCWF, UCWOT or an inlet temperature is wrong',
    'aire y agua difieren en {} kW sobre el calor (límite {} kW): se equivoca UCAF, UCAOT, UCWF, UCWOT o una temperatura de entrada',
  ],
  [
    'the coil carries {} % of its clean conductance (limit {} %): clean filter and fins, then check the water side',
    'la batería lleva el {} % de su conductancia limpia (límite {} %): limpie filtro y aletas y luego revise el lado de agua',
  ],
  ['The distribution has changed for good in {}.', 'La distribución ha cambiado para quedarse en {}.'],

  ['There is no backup that could be restored.', 'No hay ninguna copia que se pueda restaurar.'],
  ['It was never signed on this instance.', 'Nunca se ha firmado en esta instancia.'],

  // src/ops: maintenance
  ['API health check passed', 'La API está sana'],
  ['Dashboard accessible', 'El panel responde'],
  ['Test prediction successful', 'La predicción de prueba funciona'],
  ['No errors in logs', 'Sin errores en los registros'],
  ['No active alerts', 'Sin alertas activas'],
  ['Disk space >20% free', 'Más del 20 % del disco libre'],
  ['Backups current and readable', 'Copias al día y legibles'],
  ['Drift report reviewed', 'Informe de deriva revisado'],
  ['No critical drift detected', 'Sin deriva crítica'],
  ['Performance metrics within limits', 'Rendimiento dentro de los límites'],
  ['Old logs cleaned up', 'Registros viejos retirados'],
  ['Old backups cleaned up', 'Copias viejas retiradas'],
  ['System audit completed', 'Auditoría del sistema hecha'],
  ['Performance benchmarks pass', 'Pruebas de rendimiento superadas'],
  ['Security updates reviewed', 'Actualizaciones de seguridad revisadas'],
  ['Configuration backed up', 'Configuración copiada'],
  ['No critical issues found', 'Sin problemas críticos'],
  ['Model retrained (if needed)', 'Modelo reentrenado (si hacía falta)'],
  ['Full system backup completed', 'Copia completa del sistema hecha'],
  ['Restore drill passed', 'Ensayo de restauración superado'],
  ['Performance validated', 'Rendimiento validado'],
  ['Documentation updated', 'Documentación al día'],
  ['Database and audit chain verified', 'Base de datos y cadena de auditoría verificadas'],
  ['Keys reviewed', 'Claves revisadas'],
  ['Maintenance of the year done', 'Mantenimiento del año hecho'],
  ['none in the last 24 h in logs/', 'ninguno en las últimas 24 h en logs/'],
  ['{} in the last 24 h; the newest: {}', '{} en las últimas 24 h; el último: {}'],
  ['none is open', 'ninguna abierta'],
  ['{} open; the newest: {}', '{} abiertas; la última: {}'],
  ['{} % free, {} GB (target {} %, critical {} %)', '{} % libre, {} GB (objetivo {} %, crítico {} %)'],
  [
    '{} backups, {} faulty; the newest ({}) reads back whole and covers up to {} s ago',
    '{} copias, {} defectuosas; la última ({}) se lee entera y llega hasta hace {} s',
  ],
  [
    '{} critical, {} warning of {} tags; largest PSI {}',
    '{} críticas, {} con aviso de {} señales; PSI mayor {}',
  ],
  ['no predictions in the last 24 h', 'ninguna predicción en las últimas 24 h'],
  ['inference P95 {} ms of {} requests (limit {})', 'inferencia P95 {} ms de {} peticiones (límite {})'],
  [
    '{} files removed (logs older than {} days, drift reports than {})',
    '{} archivos retirados (registros de más de {} días, informes de deriva de más de {})',
  ],
  ['{} is {} days old (limit {}); {}', '{} tiene {} días (límite {}); {}'],
  ['largest PSI {} (limit {})', 'PSI mayor {} (límite {})'],
  [
    '{} has {} h of telemetry in the window of {} h; drift is judged from {} h on.',
    '{} tiene {} h de telemetría en la ventana de {} h; la deriva se juzga a partir de {} h.',
  ],
  ['there is no drift report yet', 'aún no hay informe de deriva'],
  ['no drift report yet', 'aún sin informe de deriva'],
  [
    '{} changes of settings in {} days, {} without a reason',
    '{} cambios de ajustes en {} días, {} sin motivo',
  ],
  [
    'structure, {} samples, {} outcomes and the chain of {} audit entries are sound',
    'la estructura, {} muestras, {} resultados y la cadena de {} apuntes de auditoría están sanos',
  ],
  ['{} active, the oldest ({}) {} days old (limit {})', '{} activas; la más antigua ({}) tiene {} días (límite {})'],
  ['none: only this computer can reach the API', 'ninguna: solo este equipo llega a la API'],
  ['{} signed logs, {} of them changed since', '{} hojas firmadas, {} de ellas cambiadas después'],
  [
    '{}: {} updates wait, {} of them for security{}; lists {} days old{}',
    '{}: {} actualizaciones pendientes, {} de seguridad{}; listas de hace {} días{}',
  ],
  ['no program runs on this instance', 'ningún programa funciona en esta instancia'],
  [
    'hvac-twin alerts list; mend the cause, then alerts ack',
    'hvac-twin alerts list; remedie la causa y luego alerts ack',
  ],
];
