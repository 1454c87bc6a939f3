/* Files for the desktop's store and table: whole reads, reads of a part, and replacement that is either whole or not at all (POSIX rename). */

#include "xsmc.h"
#include "mc.xs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#if mxWindows
#include <windows.h>
#include <direct.h>
#include <io.h>
#else
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#endif

#define PATH_MOST 1024
#define UNFINISHED ".new"

static void fail(xsMachine *the, const char *what)
{
	xsUnknownError("%s: %s", what, strerror(errno));
}

static void part_of(xsMachine *the, FILE *file, long offset, long length)
{
	void *data = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)length);
	size_t got = 0;
	if (fseek(file, offset, SEEK_SET) == 0)
		got = fread(data, 1, (size_t)length, file);
	fclose(file);
	if (got != (size_t)length)
		fail(the, "read");
}

/* (path): an ArrayBuffer, or undefined where there is no such file. */
void choir_file_read(xsMachine *the)
{
	char path[PATH_MOST];
	FILE *file;
	long length;
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	file = fopen(path, "rb");
	if (file == NULL) {
		if (errno != ENOENT)
			fail(the, "open");
		return;
	}
	if (fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0) {
		fclose(file);
		fail(the, "seek");
	}
	part_of(the, file, 0, length);
}

/* (path): its length in bytes, or undefined where there is no such file. */
void choir_file_size(xsMachine *the)
{
	char path[PATH_MOST];
	struct stat found;
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	if (stat(path, &found) == 0)
		xsmcSetNumber(xsResult, (double)found.st_size);
	else if (errno != ENOENT)
		fail(the, "stat");
}

/* (path, offset, length): an ArrayBuffer of exactly that length. */
void choir_file_read_part(xsMachine *the)
{
	char path[PATH_MOST];
	FILE *file;
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	file = fopen(path, "rb");
	if (file == NULL)
		fail(the, "open");
	part_of(the, file, xsmcToInteger(xsArg(1)), xsmcToInteger(xsArg(2)));
}

#if mxWindows

static void replace(xsMachine *the, const char *from, const char *to)
{
	if (!MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
		xsUnknownError("rename: error %d", (int)GetLastError());
}

static int flush(FILE *file)
{
	return fflush(file) == 0 && _commit(_fileno(file)) == 0;
}

static void sync_folder(xsMachine *the, const char *path) {}

#else

/* A rename or a removal is on the disk once the folder that names the file is. */
static void sync_folder(xsMachine *the, const char *path)
{
	char folder[PATH_MOST];
	char *slash;
	int handle, failed;
	strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		*slash = 0;
	handle = open(folder, O_RDONLY);
	if (handle < 0)
		fail(the, "open folder");
	failed = fsync(handle) != 0;
	close(handle);
	if (failed)
		fail(the, "sync folder");
}

static void replace(xsMachine *the, const char *from, const char *to)
{
	if (rename(from, to) != 0)
		fail(the, "rename");
	sync_folder(the, to);
}

static int flush(FILE *file)
{
	return fflush(file) == 0 && fsync(fileno(file)) == 0;
}

#endif

/* (path, bytes): the file holds these bytes, on the disk, when this returns; at any instruction before, it holds what it held. */
void choir_file_replace(xsMachine *the)
{
	char path[PATH_MOST], unfinished[PATH_MOST + sizeof(UNFINISHED)];
	void *data;
	xsUnsignedValue length;
	FILE *file;
	int written;
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	strcpy(unfinished, path);
	strcat(unfinished, UNFINISHED);
	file = fopen(unfinished, "wb");
	if (file == NULL)
		fail(the, "create");
	xsmcGetBufferReadable(xsArg(1), &data, &length);
	written = fwrite(data, 1, length, file) == length && flush(file);
	if (fclose(file) != 0 || !written)
		fail(the, "write");
	replace(the, unfinished, path);
}

/* (path): the file is gone; harmless where there is none. */
void choir_file_remove(xsMachine *the)
{
	char path[PATH_MOST];
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	if (remove(path) != 0) {
		if (errno != ENOENT)
			fail(the, "remove");
		return;
	}
	sync_folder(the, path);
}

/* (path): makes a folder whose parent exists; harmless where it is there. */
void choir_folder_make(xsMachine *the)
{
	char path[PATH_MOST];
	int failed;
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
#if mxWindows
	failed = _mkdir(path);
#else
	failed = mkdir(path, 0700);
#endif
	if (failed && errno != EEXIST)
		fail(the, "make folder");
}

static void append(xsMachine *the, xsIntegerValue *index, const char *name)
{
	if (name[0] == '.')
		return;
	xsmcSetString(xsVar(0), (char *)name);
	xsmcSetIndex(xsResult, *index, xsVar(0));
	*index += 1;
}

/* (path): the names in a folder as an array, hidden ones left out. */
void choir_folder_list(xsMachine *the)
{
	char path[PATH_MOST];
	xsIntegerValue index = 0;
	xsmcVars(1);
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	xsmcSetNewArray(xsResult, 0);
#if mxWindows
	{
		WIN32_FIND_DATAA found;
		HANDLE search;
		char pattern[PATH_MOST + 2];
		strcpy(pattern, path);
		strcat(pattern, "\\*");
		search = FindFirstFileA(pattern, &found);
		if (search == INVALID_HANDLE_VALUE)
			xsUnknownError("list: error %d", (int)GetLastError());
		do {
			append(the, &index, found.cFileName);
		} while (FindNextFileA(search, &found));
		FindClose(search);
	}
#else
	{
		struct dirent *entry;
		DIR *folder = opendir(path);
		if (folder == NULL)
			fail(the, "list");
		while ((entry = readdir(folder)) != NULL)
			append(the, &index, entry->d_name);
		closedir(folder);
	}
#endif
}
