import type {AlarmText} from './alarms';

/** What src/alerts/definitions.cpp says of each kind, in Spanish. */
export const alarms: Record<string, AlarmText> = {
  departure: {
    title: 'el enfriador se aparta de su gemelo',
    meaning:
      'La salida de aire, la de agua o el caudal de aire quedan fuera de lo que predice el gemelo por más que su error habitual. El sujeto es la causa más probable.',
    action:
      'Compare la señal con un instrumento de mano. Luego mire lo que dice la causa: coil (filtro, aletas, aire en el agua), water_flow (válvula, colador, bomba), fan (correa, filtro, compuerta), sensor (los sensores de salida).',
  },
  sensor_bad: {
    title: 'un sensor no da nada creíble',
    meaning:
      'La señal lleva muchas muestras ausente, fuera de rango, congelada o contradictoria. El gemelo sigue sin ella; lo que se calcula de ella se suprime.',
    action: 'Revise el sensor, su cableado y su módulo de entrada; cámbielo o recalíbrelo.',
  },
  outside_training: {
    title: 'condiciones que el modelo no aprendió',
    meaning:
      'Las entradas están fuera de los datos de entrenamiento: los primeros principios sustituyen a los árboles y el intervalo dice menos.',
    action: 'Nada de inmediato. Si dura o vuelve, reentrene con estos datos.',
  },
  heat_balance_open: {
    title: 'el aire y el agua discrepan sobre el calor',
    meaning:
      'El calor que pierde el aire no es el que toma el agua, por más de dos desviaciones típicas de la medida: uno de los sensores se equivoca.',
    action: 'Compare UCAIT, UCAOT, UCWIT, UCWOT, UCAF y UCWF con instrumentos de mano, primero los caudales.',
  },
  coil_fouled: {
    title: 'la batería ha perdido conductancia',
    meaning:
      'La batería lleva claramente menos calor que limpia. El enfriamiento se queda corto antes de que se note otra cosa.',
    action: 'Limpie el filtro de aire y las aletas; luego busque aire e incrustaciones en el lado de agua.',
  },
  stale_data: {
    title: 'sin telemetría',
    meaning: 'Hace demasiado que no llega nada del enfriador: no se puede juzgar nada de él.',
    action: 'Compruebe que el controlador del enfriador funciona, su red y su configuración MQTT.',
  },
  drift_warning: {
    title: 'una señal deriva de la referencia',
    meaning:
      'Los valores de la señal se distribuyen de otro modo que en el entrenamiento (PSI en el umbral de aviso o por encima).',
    action:
      'Mire el informe de deriva. La estación y los cambios de modo no necesitan nada; un sensor que se desplaza necesita calibración.',
  },
  drift_critical: {
    title: 'una señal se ha alejado mucho de la referencia',
    meaning:
      'Los valores de la señal son tan distintos de los del entrenamiento (PSI en el umbral crítico o por encima) que las predicciones merecen menos confianza.',
    action: 'Mire el informe de deriva; revise el sensor; si el cambio es real, reentrene o fije una nueva referencia.',
  },
  accuracy_low: {
    title: 'las predicciones son peores de lo que dice la ficha del modelo',
    meaning: 'El error frente a lo medido últimamente está claramente por encima del de la ficha.',
    action: 'Busque primero desviaciones y sensores malos; si el enfriador está bien, reentrene.',
  },
  model_fault: {
    title: 'el modelo no funciona',
    meaning: 'El modelo no se pudo cargar o no dio ningún número: sigue el último que funcionaba, si lo hay.',
    action: 'Ejecute `hvac-twin models verify`; revierta con `hvac-twin models rollback`.',
  },
  retrain_advised: {
    title: 'conviene reentrenar el modelo',
    meaning: 'La deriva o la exactitud dicen que el modelo ya no se ajusta a la planta.',
    action: 'Ejecute `hvac-twin retrain`; el control decide si el nuevo modelo es mejor.',
  },
  store_away: {
    title: 'no se puede guardar nada',
    meaning:
      'La base de datos no está, está bloqueada o llena. Las lecturas esperan en un búfer en disco; nada se pierde mientras quepa.',
    action: 'Revise el disco y el servidor de la base de datos; sigue por sí solo cuando la causa desaparece.',
  },
  broker_away: {
    title: 'sin conexión con el broker MQTT',
    meaning: 'El broker no responde: no entra telemetría ni salen resultados por MQTT.',
    action: 'Revise el broker, la red y las credenciales; el programa se reconecta por sí solo.',
  },
  disk_low: {
    title: 'el disco se está llenando',
    meaning: 'El espacio libre del disco de la instancia está por debajo del límite de aviso.',
    action: 'Quite lo que no haga falta; acorte la retención; depure copias con `hvac-twin backup prune`.',
  },
  disk_full: {
    title: 'el disco está casi lleno',
    meaning: 'El espacio libre está por debajo del límite crítico: pronto no se podrá guardar nada.',
    action: 'Haga sitio ahora: depure copias con `hvac-twin backup prune`, borre archivos viejos o amplíe el disco.',
  },
  queue_full: {
    title: 'las lecturas llegan más rápido de lo que se guardan',
    meaning: 'Una cola o un búfer está casi lleno. Cuando lo esté, el broker retiene el resto.',
    action: 'Revise la velocidad del almacén y el número de enfriadores; busque un emisor que inunde.',
  },
  data_lost: {
    title: 'se han perdido lecturas',
    meaning: 'Hubo lecturas que no se pudieron conservar.',
    action: 'Averigüe la causa en el registro; reconozca la alerta cuando el hueco esté anotado.',
  },
  certificate_expiring: {
    title: 'un certificado caduca pronto',
    meaning: 'Tras su último día nadie podrá conectarse por TLS.',
    action: 'Renueve el certificado y póngalo en su sitio; el programa toma el nuevo por sí solo.',
  },
  backup_failed: {
    title: 'la copia de seguridad falló',
    meaning:
      'La última copia no se hizo o no se verificó: si se perdiera el disco, se perdería lo llegado desde la anterior.',
    action: 'Lea el motivo; ejecute `hvac-twin backup create` a mano.',
  },
  backup_overdue: {
    title: 'hace demasiado que no hay copia',
    meaning: 'La copia más reciente es más antigua de lo permitido.',
    action: 'Revise el temporizador de las copias; ejecute `hvac-twin backup create`.',
  },
  maintenance_overdue: {
    title: 'toca mantenimiento',
    meaning: 'Nadie ha firmado este nivel de mantenimiento en su plazo.',
    action: 'Ejecute `hvac-twin maintenance NIVEL` y fírmelo.',
  },
  audit_broken: {
    title: 'el registro de auditoría no se verifica',
    meaning: 'Una entrada de la auditoría fue alterada o falta.',
    action: 'Conserve la base de datos como está; compárela con la última copia; averigüe quién tuvo acceso.',
  },
  kpi_critical: {
    title: 'un indicador de rendimiento es crítico',
    meaning: 'El indicador supera su límite crítico.',
    action: 'Ejecute `hvac-twin health` y `hvac-twin diagnostics`.',
  },
  delivery_failed: {
    title: 'las alertas no salen',
    meaning: 'Un canal no puede entregar. Sus alertas esperan en disco y se reintentan; los demás canales siguen.',
    action: 'Ejecute `hvac-twin alerts test --channel NOMBRE`: dice exactamente qué pasa.',
  },
};
