/* What a disk keeps that forgets everything which was not synced: a shim for tests, loaded with LD_PRELOAD.
 *
 * LATCHKEY_DURABLE names a folder. Before a sync of a file returns, the file's content is put there under its inode's
 * number; a sync of a folder puts its names there, each with the inode it means. What was written and not synced is not
 * there, and a name that was not synced means nothing. Each file appears under its number in one step, so that whoever is
 * killed in a sync leaves the content of the sync before. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int opened(const char *kind, const struct stat *status, char *path, char *part, size_t size) {
    const char *folder = getenv("LATCHKEY_DURABLE");
    if (!folder) return -1;
    snprintf(path, size, "%s/%s%lu", folder, kind, (unsigned long)status->st_ino);
    snprintf(part, size, "%s.part", path);
    return open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Through the descriptor itself where it can be read: closing another one of the same file would drop SQLite's locks. */
static void keep_file(int file, const struct stat *status) {
    char path[4096], part[4096], own[64], octets[65536];
    int copy = opened("", status, path, part, sizeof path), source = file;
    if (copy < 0) return;
    if ((fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        snprintf(own, sizeof own, "/proc/self/fd/%d", file);
        source = open(own, O_RDONLY | O_CLOEXEC);
    }
    off_t place = 0;
    for (ssize_t count; (count = pread(source, octets, sizeof octets, place)) > 0; place += count)
        if (write(copy, octets, count) != count) abort();
    if (source != file) close(source);
    close(copy);
    rename(part, path);
}

static void keep_names(int folder, const struct stat *status) {
    char path[4096], part[4096];
    int copy = opened("names-", status, path, part, sizeof path);
    if (copy < 0) return;
    DIR *names = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (struct dirent *name; names && (name = readdir(names));)
        if (name->d_type == DT_REG) dprintf(copy, "%lu %s\n", (unsigned long)name->d_ino, name->d_name);
    if (names) closedir(names);
    close(copy);
    rename(part, path);
}

static int synced(int file, const char *name) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name), outcome = real(file);
    struct stat status;
    if (outcome == 0 && fstat(file, &status) == 0) {
        pthread_mutex_lock(&one_at_a_time);
        if (S_ISREG(status.st_mode)) keep_file(file, &status);
        if (S_ISDIR(status.st_mode)) keep_names(file, &status);
        pthread_mutex_unlock(&one_at_a_time);
    }
    return outcome;
}

int fsync(int file) { return synced(file, "fsync"); }
int fdatasync(int file) { return synced(file, "fdatasync"); }
