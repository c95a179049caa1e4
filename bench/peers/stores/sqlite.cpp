// SQLite as fast as it goes: in shared memory, with a write-ahead log and no sync, its statements prepared; each set is
// a transaction.
#include <sqlite3.h>
#include <unistd.h>

#include "../store.hpp"

namespace bench {
namespace {

class Sqlite {
public:
    static constexpr const char *kName = "sqlite";

    void create(const Place &place, const DataSet &) {
        open(place);
        execute("PRAGMA journal_mode=WAL");
        execute("CREATE TABLE entries(key BLOB PRIMARY KEY, value) WITHOUT ROWID");
        prepare();
    }
    void attach(const Place &place) {
        open(place);
        prepare();
    }
    void detach() {
        get_.reset(), set_.reset(), increment_.reset();
        base_.reset();
    }
    static void remove(const Place &place) {
        for (const char *suffix : {"", "-wal", "-shm"}) unlink((path(place) + suffix).c_str());
    }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        std::size_t size = 0;
        sqlite3_stmt *statement = with_key(get_, key);
        if (sqlite3_step(statement) == SQLITE_ROW) {
            const void *value = sqlite3_column_blob(statement, 0);
            size = std::min(static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)), capacity);
            std::memcpy(out, value, size);
        }
        sqlite3_reset(statement);
        return size;
    }
    bool set(const char *key, const void *value, std::size_t size) {
        sqlite3_stmt *statement = with_key(set_, key);
        sqlite3_bind_blob(statement, 2, value, static_cast<int>(size), SQLITE_STATIC);
        return change(statement);
    }
    bool set_counter(const char *key) {
        sqlite3_stmt *statement = with_key(set_, key);
        sqlite3_bind_int(statement, 2, 0);
        return change(statement);
    }
    bool increment(const char *key) { return change(with_key(increment_, key)); }

private:
    struct Close {
        void operator()(sqlite3 *base) const { sqlite3_close(base); }
        void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Close>;

    static std::string path(const Place &place) { return place.directory + "/" + kName; }

    void check(int result) const {
        if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(base_.get()));
    }
    void execute(const char *command) { check(sqlite3_exec(base_.get(), command, nullptr, nullptr, nullptr)); }

    void open(const Place &place) {
        constexpr int kPatienceMs = 60'000;  // of several writers, one may wait for long
        sqlite3 *base = nullptr;
        const int result = sqlite3_open(path(place).c_str(), &base);
        base_.reset(base);
        check(result);
        check(sqlite3_busy_timeout(base, kPatienceMs));
        execute("PRAGMA synchronous=OFF");
        execute("PRAGMA mmap_size=1073741824");
    }
    void prepare() {
        get_ = prepared("SELECT value FROM entries WHERE key=?1");
        set_ = prepared("INSERT INTO entries VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=?2");
        increment_ = prepared("UPDATE entries SET value=value+1 WHERE key=?1");
    }
    Statement prepared(const char *command) {
        sqlite3_stmt *statement = nullptr;
        check(sqlite3_prepare_v3(base_.get(), command, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
        return Statement(statement);
    }
    static sqlite3_stmt *with_key(const Statement &statement, const char *key) {
        sqlite3_bind_blob(statement.get(), 1, key, kKeySize, SQLITE_STATIC);
        return statement.get();
    }
    // Changes just one row.
    bool change(sqlite3_stmt *statement) {
        const bool done = sqlite3_step(statement) == SQLITE_DONE && sqlite3_changes(base_.get()) == 1;
        sqlite3_reset(statement);
        return done;
    }

    std::unique_ptr<sqlite3, Close> base_;
    Statement get_, set_, increment_;
};

const Registered<Sqlite> registered;

}  // namespace
}  // namespace bench
