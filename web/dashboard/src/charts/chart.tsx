import {effect} from '@preact/signals';
import {useCallback, useEffect, useRef} from 'preact/hooks';

import {language} from '../i18n';
import {unitText} from '../ui/format';
import {palette} from './palette';
import {type Marker, Plot, type PlotData, type PlotSpec} from './plot';

interface ChartProps {
  title: string;
  spec: PlotSpec;
  /** Called once the chart is there; what it returns is called when it goes. */
  attach: (plot: Plot, element: HTMLElement) => () => void;
  code?: string;
}

/** The frame of a chart: title, unit, canvas; follows its width and the theme. */
export function ChartFrame({title, spec, attach, code}: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const plot = new Plot(element, spec);
    const sizes = new ResizeObserver(() => plot.resize());
    sizes.observe(element);
    const colours = effect(() => {
      void palette.value;
      plot.redraw();
    });
    const detach = attach(plot, element);
    return () => {
      detach();
      colours();
      sizes.disconnect();
      plot.destroy();
    };
  }, [spec, attach, language.value]);
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span> <span class="unit">{unitText(spec.unit)}</span>
        {code && <span class="code">{code}</span>}
      </figcaption>
      <div ref={holder} class="chart-canvas" role="img" aria-label={title} />
    </figure>
  );
}

interface StaticProps extends Omit<ChartProps, 'attach'> {
  data: PlotData;
  range: [number, number];
  markers: Marker[];
}

/**
 * A chart of data that come as a whole. Effects of a frame and of its content may run in either
 * order, so that columns are only ever given to the plot that was made for their lines.
 */
export function StaticChart({data, range, markers, ...frame}: StaticProps) {
  const plot = useRef<Plot | undefined>(undefined);
  const wanted = useRef({spec: frame.spec, data, range, markers});
  wanted.current = {spec: frame.spec, data, range, markers};
  const show = useCallback(() => {
    const {current} = wanted;
    if (plot.current?.spec !== current.spec) return;
    plot.current.setData(current.data, current.range, current.markers);
    plot.current.showNewest();
  }, []);
  const attach = useCallback((made: Plot) => {
    plot.current = made;
    show();
    return () => (plot.current = undefined) as void;
  }, []);
  useEffect(show, [data, range, markers]);
  return <ChartFrame {...frame} attach={attach} />;
}
