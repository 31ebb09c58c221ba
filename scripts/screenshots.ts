import { writeFileSync } from 'node:fs';
import { PICTURES } from './pictures.ts';
import { takeShots } from './screenshots/dashboard-shots.ts';

// `npm run screenshots`: takes the pictures of the dashboard in docs/pictures. Fonts differ between machines, so no test
// compares them; take them again when the page has changed.
for (const [file, png] of await takeShots()) writeFileSync(new URL(file, PICTURES), png);
