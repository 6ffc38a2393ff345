// The scripts of aws:configureDocker. Pure. Docker comes from the distribution's own repositories, with the machine's own keys and mirrors:
// no address of a vendor is wired in, as the stock agent's are (and have gone).
const LINUX: Readonly<Record<string, { readonly install: readonly string[]; readonly uninstall: readonly string[] }>> = {
  apt: {
    install: ['export DEBIAN_FRONTEND=noninteractive', 'apt-get update', 'apt-get install -y docker.io'],
    uninstall: ['export DEBIAN_FRONTEND=noninteractive', 'apt-get remove -y docker.io'],
  },
  yum: { install: ['yum install -y docker'], uninstall: ['yum remove -y docker'] },
  dnf: { install: ['dnf install -y docker'], uninstall: ['dnf remove -y docker'] },
  zypper: { install: ['zypper --non-interactive install docker'], uninstall: ['zypper --non-interactive remove docker'] },
  alpine: { install: ['apk add docker'], uninstall: ['apk del docker'] },
  pacman: { install: ['pacman --noconfirm -S docker'], uninstall: ['pacman --noconfirm -R docker'] },
};

const START = [
  'if command -v systemctl > /dev/null && [ -d /run/systemd/system ]; then systemctl enable --now docker',
  'elif command -v rc-service > /dev/null; then rc-update add docker && rc-service docker start',
  'else service docker start',
  'fi',
];

/** Undefined: nobody knows how, on such a machine. */
export function linuxDockerScript(action: 'Install' | 'Uninstall', packageManager: string): readonly string[] | undefined {
  const known = Object.hasOwn(LINUX, packageManager) ? LINUX[packageManager] : undefined;
  if (known === undefined) return undefined;
  if (action === 'Uninstall') return ['set -e', 'echo "Removing docker"', ...known.uninstall, 'echo "Uninstall complete"'];
  return [
    'set -e',
    'echo "Installing docker"',
    ...known.install,
    'echo "Starting docker service"',
    ...START,
    'echo "Installation complete"',
  ];
}

/** The feature that containers need; and the engine's service where an engine is. 3010 asks for the restart that a feature may need. */
export function windowsDockerScript(action: 'Install' | 'Uninstall'): readonly string[] {
  const begin = ["$ErrorActionPreference = 'Stop'"];
  if (action === 'Uninstall') {
    return [
      ...begin,
      "if (Get-Service docker -ErrorAction SilentlyContinue) { Stop-Service docker; & sc.exe delete docker | Out-Null; 'Docker service removed' }",
      "if ((Get-WindowsFeature -Name Containers).Installed) { $r = Uninstall-WindowsFeature -Name Containers; if ($r.RestartNeeded -eq 'Yes') { exit 3010 } }",
      "'Uninstall complete'",
    ];
  }
  return [
    ...begin,
    "if (-not (Get-WindowsFeature -Name Containers).Installed) { $r = Install-WindowsFeature -Name Containers; if ($r.RestartNeeded -eq 'Yes') { exit 3010 } }",
    'if (-not (Get-Service docker -ErrorAction SilentlyContinue)) {',
    "  if (-not (Get-Command dockerd.exe -ErrorAction SilentlyContinue)) { [Console]::Error.WriteLine('there is no dockerd.exe on this machine: install the engine as a package first (aws:configurePackage), then configure it'); exit 1 }",
    '  & dockerd.exe --register-service',
    '}',
    'Start-Service docker',
    "'Installation complete'",
  ];
}
