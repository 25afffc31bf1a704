@echo off
rem Starts the app; on the first run it makes the environment. Everything but finding Python is done by launcher.py.
rem   start_app.bat [--background | --stop | --restart | --prepare | --test [all] | arguments of main.py]
rem No parenthesised blocks: a ")" in a path would close them. Set I2V_NO_PAUSE to keep the window from waiting.
setlocal EnableExtensions DisableDelayedExpansion
set "PYTHONUTF8=1"
set "I2V_CODE=1"
set "I2V_LAUNCHER=%~dp0launcher.py"
set "I2V_PYTHON="
set "I2V_TRY_VERSION="
set "I2V_CONDA="
if not exist "%I2V_LAUNCHER%" goto incomplete

rem An activated conda environment is meant; "base" is active on many machines without being meant.
if not defined CONDA_PREFIX goto installed
if /i "%CONDA_DEFAULT_ENV%"=="base" goto installed
set "I2V_TRY=%CONDA_PREFIX%\python.exe"
call :try

:installed
set "I2V_TRY=py.exe"
set "I2V_TRY_VERSION=-3.12"
call :try
set "I2V_TRY_VERSION=-3.13"
call :try
set "I2V_TRY_VERSION=-3.11"
call :try
set "I2V_TRY_VERSION="
set "I2V_TRY=python.exe"
call :try
set "I2V_TRY=%~dp0.conda\python.exe"
call :try
set "I2V_ROOT=%USERPROFILE%\miniconda3"
call :try_conda
set "I2V_ROOT=%USERPROFILE%\anaconda3"
call :try_conda
set "I2V_ROOT=%USERPROFILE%\miniforge3"
call :try_conda
set "I2V_ROOT=%LOCALAPPDATA%\miniconda3"
call :try_conda
set "I2V_ROOT=%ProgramData%\miniconda3"
call :try_conda
set "I2V_ROOT=%ProgramData%\anaconda3"
call :try_conda
set "I2V_TRY=%~dp0.venv\Scripts\python.exe"
call :try
rem Whoever has uv or conda has what fetches a Python.
set "I2V_TRY=uv.exe"
set "I2V_TRY_VERSION=run --no-project --python 3.12 python"
call :try
if not defined I2V_PYTHON call :make_conda
if not defined I2V_PYTHON goto missing

"%I2V_PYTHON%" %I2V_VERSION% "%I2V_LAUNCHER%" %*
set "I2V_CODE=%ERRORLEVEL%"
if "%I2V_CODE%"=="0" goto end
goto failed

rem Candidates are run, not looked up: the Store's alias, a 32-bit or old Python and a dead shim answer with a failure.
rem By their full names: a shim that is a .bat itself would take over for good and leave neither app nor message.
:try
if defined I2V_PYTHON exit /b 0
call :refused
"%I2V_TRY%" %I2V_TRY_VERSION% "%I2V_LAUNCHER%" --check-python >nul 2>nul
if not "%ERRORLEVEL%"=="0" exit /b 0
set "I2V_PYTHON=%I2V_TRY%"
set "I2V_VERSION=%I2V_TRY_VERSION%"
exit /b 0

rem So that a program that cannot even be started counts as refused, whether or not that sets the code.
:refused
exit /b 1

rem One that is not on the PATH lacks its libraries there too.
:try_conda
if defined I2V_PYTHON exit /b 0
if exist "%I2V_ROOT%\Scripts\conda.exe" set "I2V_CONDA=%I2V_ROOT%\Scripts\conda.exe"
set "I2V_TRY=%I2V_ROOT%\python.exe"
call :try
if defined I2V_PYTHON set "PATH=%I2V_ROOT%;%I2V_ROOT%\Library\bin;%PATH%"
exit /b 0

:make_conda
if defined CONDA_EXE set "I2V_CONDA=%CONDA_EXE%"
if not defined I2V_CONDA exit /b 0
if exist "%~dp0.conda" exit /b 0
"%I2V_CONDA%" create --yes --prefix "%~dp0.conda" --override-channels --channel conda-forge python=3.12 pip
set "I2V_TRY=%~dp0.conda\python.exe"
set "I2V_TRY_VERSION="
call :try
exit /b 0

:incomplete
echo start: "%I2V_LAUNCHER%" is missing.
echo   what to do: unpack the whole archive into a folder and start from there.
goto failed

:missing
echo start: no 64-bit Python 3.11 to 3.13 was found. What "python" on this machine answers:
"python.exe" "%I2V_LAUNCHER%" --check-python 2>&1
echo   what to do: winget install -e --id Python.Python.3.12
echo   then open a new window and start again.

:failed
if not defined I2V_NO_PAUSE pause

:end
exit /b %I2V_CODE%
