/**
 * Moist air at sea level, for drawing only; what counts is computed by the program.
 * Source: ASHRAE Handbook - Fundamentals (2017), ch. 1, eq. 6, 20 and 30.
 */
const kPressurePa = 101_325;
const kMassRatio = 0.621945;

/** Saturation pressure over water [Pa] at `t` [degC], 0.01..100. */
export function saturationPressure(t: number): number {
  const k = Math.max(t, 0.01) + 273.15;
  return Math.exp(
    -5800.2206 / k +
      1.3914993 +
      k * (-4.8640239e-2 + k * (4.1764768e-5 - k * 1.4452093e-8)) +
      6.5459673 * Math.log(k),
  );
}

/** Humidity ratio [kg/kg] at `t` [degC] and relative humidity `rh` (0..1). */
export function humidityRatio(t: number, rh: number): number {
  const vapour = rh * saturationPressure(t);
  return (kMassRatio * vapour) / (kPressurePa - vapour);
}

export function relativeHumidity(t: number, w: number): number {
  return ((w * kPressurePa) / (kMassRatio + w)) / saturationPressure(t);
}

/** Dew point [degC] of air with humidity ratio `w`, by bisection within 0.01 K. */
export function dewPoint(w: number): number {
  let low = 0.01;
  let high = 60;
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (humidityRatio(middle, 1) < w) low = middle;
    else high = middle;
  }
  return low;
}

/** Mass flow of dry air [kg/s] of `m3h` [m3/h] at `t` [degC] and humidity ratio `w`. */
export function dryAirFlow(m3h: number, t: number, w: number): number {
  const volume = (287.042 * (t + 273.15) * (1 + 1.607858 * w)) / kPressurePa;
  return m3h / 3600 / volume;
}

export interface AirProcess {
  inlet: {t: number; w: number};
  outlet: {t: number; w: number};
  dewPoint: number;
  /** [kW] */
  sensible: number;
  latent: number;
  /** [kg/h] */
  condensate: number;
}

/**
 * The air's way through the coil. Its outlet humidity is not measured anywhere: it follows from the
 * heat that the water takes up beyond the air's sensible heat, and stays within saturation.
 */
export function airProcess(
  airInlet: number,
  rh: number,
  airOutlet: number,
  airFlow: number,
  waterInlet: number,
  waterOutlet: number,
  waterFlow: number,
): AirProcess {
  const kEvaporation = 2501; // [kJ/kg]
  const kWater = 4.19 / 3600; // [kJ/K] of a litre per hour
  const w = humidityRatio(airInlet, rh / 100);
  const flow = dryAirFlow(airFlow, airInlet, w);
  const sensible = flow * (1.006 + 1.86 * w) * (airInlet - airOutlet);
  const water = Math.max(0, waterFlow * kWater * (waterOutlet - waterInlet));
  // Nothing condenses on a coil whose coldest spot is above the dew point.
  const wet = waterInlet < dewPoint(w) && sensible > 0 && flow > 0;
  const byBalance = wet ? w - Math.max(0, water - sensible) / (flow * kEvaporation) : w;
  const lowest = humidityRatio(Math.max(waterInlet, 0.01), 1);
  const outletW = Math.min(Math.max(byBalance, Math.min(lowest, w)), humidityRatio(airOutlet, 1));
  const removed = Math.max(0, w - outletW) * flow;
  return {
    inlet: {t: airInlet, w},
    outlet: {t: airOutlet, w: outletW},
    dewPoint: dewPoint(w),
    sensible,
    latent: removed * kEvaporation,
    condensate: removed * 3600,
  };
}
