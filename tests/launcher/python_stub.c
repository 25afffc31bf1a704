/* Plays python.exe, py.exe, uv.exe and conda.exe for the tests of start_app.bat. What it does stands in
   "<its own path>.cfg", one after the other: the version that it has (for py.exe, such as -3.12, or "any"), the exit code
   of a check, the exit code of a run. Its command line is appended to the file named by I2V_STUB_LOG as UTF-16.
   Asked to create an environment, it puts itself there as a Python that is accepted. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static void create(const wchar_t *self, const wchar_t *prefix) {
  wchar_t target[4096];
  size_t length = wcscspn(prefix, L"\"");
  swprintf(target, 4096, L"%.*ls", (int)length, prefix);
  CreateDirectoryW(target, NULL);
  swprintf(target, 4096, L"%.*ls\\python.exe", (int)length, prefix);
  CopyFileW(self, target, FALSE);
}

int main(void) {
  wchar_t path[4096], name[4096], version[64] = L"any";
  int check = 0, run = 0;
  const wchar_t *line = GetCommandLineW();
  GetModuleFileNameW(NULL, path, 4090);
  swprintf(name, 4096, L"%ls.cfg", path);
  FILE *config = _wfopen(name, L"r");
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
  const wchar_t *prefix = wcsstr(line, L"--prefix \"");
  if (prefix) create(path, prefix + wcslen(L"--prefix \""));
  if (wcscmp(version, L"any") != 0 && !wcsstr(line, version)) return 103; /* py.exe without that version */
  if (!wcsstr(line, L"--check-python")) return run;
  if (check) printf("Python was not accepted\n");
  return check;
}
