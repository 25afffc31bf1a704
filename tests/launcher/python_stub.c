/* Plays python.exe and py.exe for the tests of start_app.bat. What it does stands in "<its own path>.cfg", one per line:
   the version that it has (for py.exe, such as -3.12, or "any"), the exit code of a check, the exit code of a run.
   Its command line is appended to the file named by I2V_STUB_LOG as UTF-16. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

int main(void) {
  wchar_t path[4096], version[64] = L"any";
  int check = 0, run = 0;
  const wchar_t *line = GetCommandLineW();
  GetModuleFileNameW(NULL, path, 4090);
  wcscat(path, L".cfg");
  FILE *config = _wfopen(path, L"r");
  if (config) {
    fwscanf(config, L"%63ls %d %d", version, &check, &run);
    fclose(config);
  }
  const wchar_t *log_path = _wgetenv(L"I2V_STUB_LOG");
  FILE *log = log_path ? _wfopen(log_path, L"ab") : NULL;
  if (log) {
    fwrite(line, sizeof(wchar_t), wcslen(line), log);
    fwrite(L"\n", sizeof(wchar_t), 1, log);
    fclose(log);
  }
  if (wcscmp(version, L"any") != 0 && !wcsstr(line, version)) return 103; /* py.exe without that version */
  if (!wcsstr(line, L"--check-python")) return run;
  if (check) printf("Python was not accepted\n");
  return check;
}
