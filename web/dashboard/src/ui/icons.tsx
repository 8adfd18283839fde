/** Line icons on a 24 x 24 grid. */
const kPaths = {
  overview: 'M3 13h7V4H3zM14 20h7V4h-7zM3 20h7v-3H3z',
  predict: 'M4 6h9M17 6h3M4 12h3M11 12h9M4 18h11M19 18h1M15 4v4M9 10v4M17 16v4',
  live: 'M3 12h4l3-8 4 16 3-8h4',
  history: 'M12 8v4l3 2M3.5 12a8.5 8.5 0 1 0 2.6-6.1M3 4v4h4',
  drift: 'M3 18c4 0 5-10 9-10s5 10 9 10M3 21h18',
  alerts: 'M6 17v-6a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21.5h4',
  models: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9',
  system: 'M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  system_theme: 'M3 5h18v11H3zM8 20h8M12 16v4',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c.8-4 4-6 8-6s7.2 2 8 6',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4l13 8-13 8z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 3v12M7 10l5 5 5-5M4 20h16',
  check: 'M4 12.5l5.5 5.5L20 7',
  critical: 'M12 3l9 9-9 9-9-9zM12 8v5M12 16h.01',
  warning: 'M12 4l9.5 16h-19zM12 10v4.5M12 17.5h.01',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8h.01',
  close: 'M6 6l12 12M18 6L6 18',
  more: 'M6 9l6 6 6-6',
  reset: 'M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5',
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({name, size = 20}: {name: IconName; size?: number}) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={kPaths[name]} />
    </svg>
  );
}
