// What a refusal is: the requirement that decided, and its class (SPEC.md, sections 1 and 16).

const REQUIREMENTS = {
  'bad-hex': 'CNV-3',
  'bad-serial': 'SER-2 SER-3 SDL-12',
  'bad-length': 'FRM-2 FRM-3 FRM-4 REQ-11 SDL-19 CAR-2',
  'bad-version': 'FRM-5 LIF-7 BLB-4 CST-5 PSH-2 SDL-21 SDL-32',
  'bad-type': 'FRM-6 FRM-7',
  'bad-protection': 'FRM-8 FRM-9 FRM-10 SDL-22',
  'bad-checksum': 'FRM-12 SDL-23',
  'corrupted': 'KEY-10 PRT-4 AM1-16 LIF-9 LIF-11 BLB-5 BLB-8 CST-6 CST-8 SDL-24 SDL-33',
  'counter-exhausted': 'NON-3 NON-5 AM1-15 ERC-3',
  'bad-vector': 'STV-1 STV-2 STV-3 STV-4 STV-5 STV-6 AM1-13 MSV-2 MSV-4',
  'bad-application': 'STV-7 AM1-9 CLI-10 REQ-12 OTP-2 UNL-3 OPR-7 PSH-6 ERC-2 BND-4',
  'bad-body': 'AM1-3 AM1-4 AM1-5 AM1-6 AM2-8 DEA-5 REQ-2 REQ-5 REQ-6 BLB-7 INF-5 SDL-42 SDL-25',
  'no-vector': 'AM1-7 SDL-17',
  'wrong-account': 'AM1-8 CLI-3 VER-1 IMP-2 SDL-14',
  'wrong-state':
    'AM1-11 AM1-17 DVC-8 AM2-2 AM2-6 AM2-14 CLI-4 CLI-12 CLI-20 CLI-23 UNL-2 VER-4 A2A-16 LGN-13 SDL-38 SDL-27',
  'bad-code': 'DVC-4 DVC-6 DVC-7 SDL-4 SDL-6 ERC-4 BND-6',
  'bad-check-digit': 'DVC-5 VER-11 MSV-3 SDL-5 ERC-5 BND-8',
  'expired': 'DVC-9 VER-6 LGN-9',
  'attempts-exhausted': 'DVC-10 UNL-6 LGN-22',
  'wrong-code': 'DVC-11 ERC-6 BND-9',
  'already-active': 'DVC-12 LGN-2 BND-11',
  'threshold-reached': 'AM2-4 CLI-22 LGN-3 LGN-23',
  'wrong-protection': 'AM2-7 CLI-7 INF-7',
  'locked': 'AM2-15 CLI-5 CLI-16 VER-5 PWD-7',
  'pin-required': 'AM2-16 CLI-14',
  'wrong-pin': 'AM2-17 CLI-15 PWD-6',
  'no-channel': 'DEA-2 CLI-6 REQ-13 INF-3',
  'unknown-instance': 'DEA-3 DEA-6 VER-3',
  'rooted': 'CLI-1',
  'unexpected-type': 'CLI-2 VER-2 INF-2',
  'stale': 'CLI-8 BLB-12 ERC-7',
  'version-too-low': 'CLI-9',
  'busy': 'CLI-26 A2A-28',
  'bad-charset': 'REQ-3',
  'bad-format': 'REQ-4 PSH-3',
  'bad-text': 'REQ-7 REQ-9 REQ-10',
  'bad-data': 'OTP-3 OTP-4 UNL-5 ALG-6 ALG-8 BND-5',
  'wrong-signature': 'UNL-7 VER-12',
  'unknown-message': 'VER-7',
  'replayed': 'VER-8 VER-18 VER-20 INF-4',
  'bad-signature': 'VER-10',
  'out-of-sync': 'VER-19',
  'weak-settings': 'VER-21 VER-22',
  'cut-file': 'LIF-5 SDL-8',
  'bad-file': 'LIF-6 CST-4 CST-7 CST-10 CST-11 SDL-7 SDL-9 SDL-20 SDL-31 SDL-34',
  'wrong-key': 'LIF-8',
  'bad-count': 'LIF-10',
  'duplicate-serial': 'LIF-12 SDL-10',
  'bad-blob': 'BLB-3',
  'unknown-blob': 'BLB-6',
  'bad-suite': 'ALG-5',
  'bad-url': 'A2A-1 A2A-2 A2A-4 A2A-5 A2A-27 A2A-25',
  'bad-callback': 'A2A-6 A2A-7 A2A-8 A2A-10 A2A-22 A2A-24',
  'not-configured': 'A2A-9',
  'not-activated': 'A2A-11',
  'bad-escape': 'A2A-26',
  'bad-string': 'PSH-4 PSH-5 PSH-10',
  'unknown-session': 'LGN-7',
  'already-retrieved': 'LGN-8',
  'already-approved': 'LGN-10',
  'already-rejected': 'LGN-11',
  'already-cancelled': 'LGN-12',
  'wrong-user': 'LGN-15',
  'wrong-prefix': 'SDL-13',
  'bad-password': 'PWD-1 PWD-2 PWD-3 PWD-5',
  'weak-password': 'PWD-4',
  'no-binding': 'BND-3',
};

const CLASS = new Map(
  Object.entries(REQUIREMENTS).flatMap(([name, ids]) => ids.split(' ').map((id) => [id, name])),
);

/** The app-to-app error number of a class, the last column of section 16. */
const NUMBERS = [
  'busy pin-required wrong-pin',
  'bad-url bad-callback bad-escape not-configured',
  'rooted',
  'no-vector not-activated',
  'bad-hex bad-length bad-version bad-type bad-protection bad-serial unexpected-type bad-vector bad-suite bad-picture',
  'wrong-account wrong-state no-channel',
  'bad-checksum wrong-protection corrupted stale bad-body bad-charset bad-format bad-text version-too-low '
    + 'bad-application bad-data bad-string',
  'locked',
].map((names) => names.split(' '));

export const errorNumber = (name) => NUMBERS.findIndex((names) => names.includes(name)) + 1;

export class Refusal extends Error {
  constructor(requirement) {
    super(requirement);
    this.requirement = requirement;
    this.class = CLASS.get(requirement);
    if (this.class === undefined) throw new TypeError(`${requirement} refuses nothing`);
  }
}

export function refuse(requirement) {
  throw new Refusal(requirement);
}

export function ensure(holds, requirement) {
  if (!holds) refuse(requirement);
}

/** What `check` refuses, `requirement` refuses in its place. */
export function as(requirement, check) {
  try {
    return check();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(requirement) : error;
  }
}
