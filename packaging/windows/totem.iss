; Inno Setup 6: the built dist\totem as an installer for Windows. UNTESTED: written from Inno Setup's documentation.
;
;   iscc packaging\windows\totem.iss          after PyInstaller; /DVersion=0.1.0 names the version
;
; Versions lie side by side; the junction "current" points at the one that runs, "previous" at the one before. Settings
; and books in ProgramData are made once, and never touched again, by the uninstaller neither.

#ifndef Version
  #define Version "0.1.0"
#endif
#define Source "..\..\dist\totem"

[Setup]
AppId={{6E1B52C4-8C0F-4B0D-9C55-7A3D0F6A54B1}
AppName=Totem
AppVersion={#Version}
AppPublisher=Totem
DefaultDirName={autopf}\Totem
DisableDirPage=yes
DisableProgramGroupPage=yes
PrivilegesRequired=admin
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputDir=..\..\dist
OutputBaseFilename=totem-{#Version}-windows-x64
Compression=lzma2
SolidCompression=yes
LicenseFile=..\..\LICENSE

[Languages]
Name: "pt"; MessagesFile: "compiler:Languages\BrazilianPortuguese.isl"

[Files]
Source: "{#Source}\*"; DestDir: "{app}\versions\{#Version}"; Flags: recursesubdirs createallsubdirs ignoreversion
Source: "..\manual.md"; DestDir: "{app}"; Flags: ignoreversion
Source: "..\windows.md"; DestDir: "{app}"; Flags: ignoreversion
Source: "..\windows-printers.md"; DestDir: "{app}"; Flags: ignoreversion
Source: "{#Source}\_internal\assets\config\totem.toml"; DestDir: "{commonappdata}\Totem"; Flags: onlyifdoesntexist uninsneveruninstall
Source: "{#Source}\_internal\assets\config\catalogue.toml"; DestDir: "{commonappdata}\Totem"; Flags: onlyifdoesntexist uninsneveruninstall

[Dirs]
Name: "{commonappdata}\Totem"; Flags: uninsneveruninstall

[Run]
; Administrators, the system, and the account of the kiosk, which may write.
Filename: "{sys}\icacls.exe"; Parameters: """{commonappdata}\Totem"" /inheritance:r /grant *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F totem:(OI)(CI)M"; Flags: runhidden

[Code]
function Junction(const Name, Target: String): Boolean;
var
  Code: Integer;
begin
  Exec(ExpandConstant('{cmd}'), '/C rmdir "' + Name + '"', '', SW_HIDE, ewWaitUntilTerminated, Code);
  Result := Exec(ExpandConstant('{cmd}'), '/C mklink /J "' + Name + '" "' + Target + '"', '', SW_HIDE,
    ewWaitUntilTerminated, Code) and (Code = 0);
end;

function SelfTestPasses(): Boolean;
var
  Code: Integer;
begin
  Result := Exec(ExpandConstant('{app}\versions\{#Version}\totem.exe'), '--self-test', '', SW_HIDE,
    ewWaitUntilTerminated, Code) and (Code = 0);
end;

procedure CurStepChanged(Step: TSetupStep);
var
  Current, Previous, Target, Version: String;
begin
  if Step <> ssPostInstall then
    Exit;
  Target := ExpandConstant('{app}\versions\{#Version}');
  Current := ExpandConstant('{app}\current');
  Previous := ExpandConstant('{app}\previous');
  if not SelfTestPasses() then
  begin
    MsgBox('A versão {#Version} não passou no próprio teste; a versão atual continua.', mbError, MB_OK);
    Exit;
  end;
  if RegQueryStringValue(HKLM, 'Software\Totem', 'Current', Version) then
    Junction(Previous, ExpandConstant('{app}\versions\') + Version);
  if Junction(Current, Target) then
    RegWriteStringValue(HKLM, 'Software\Totem', 'Current', '{#Version}');
end;
