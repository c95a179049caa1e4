// LMDB, as fast as it goes: in shared memory, no sync, a writable map; one write transaction per set, and one read
// transaction that is renewed for each get.
#include <lmdb.h>
#include <unistd.h>

#include "../store.hpp"

namespace bench {
namespace {

class Lmdb {
public:
    static constexpr const char *kName = "lmdb";

    void create(const Place &place, const DataSet &) { attach(place); }

    void attach(const Place &place) {
        constexpr std::size_t kMapSize = std::size_t{1} << 30;
        constexpr unsigned kFlags = MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP;
        check(mdb_env_create(&environment_));
        check(mdb_env_set_mapsize(environment_, kMapSize));
        check(mdb_env_open(environment_, path(place).c_str(), kFlags, 0600));
        MDB_txn *write = nullptr;
        check(mdb_txn_begin(environment_, nullptr, 0, &write));
        check(mdb_dbi_open(write, nullptr, 0, &table_));
        check(mdb_txn_commit(write));
        check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &read_));
        mdb_txn_reset(read_);
    }

    void detach() {
        mdb_txn_abort(read_);
        mdb_env_close(environment_);
    }

    static void remove(const Place &place) {
        unlink(path(place).c_str());
        unlink((path(place) + "-lock").c_str());
    }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        MDB_val name = bytes(key, kKeySize), found{};
        std::size_t size = 0;
        mdb_txn_renew(read_);
        if (mdb_get(read_, table_, &name, &found) == 0) {
            size = std::min(found.mv_size, capacity);
            std::memcpy(out, found.mv_data, size);
        }
        mdb_txn_reset(read_);
        return size;
    }

    bool set(const char *key, const void *value, std::size_t size) {
        return write([&](MDB_txn *transaction) {
            MDB_val name = bytes(key, kKeySize), fresh = bytes(value, size);
            return mdb_put(transaction, table_, &name, &fresh, 0);
        });
    }

    bool set_counter(const char *key) {
        constexpr std::int64_t kZero = 0;
        return set(key, &kZero, sizeof kZero);
    }

    bool increment(const char *key) {
        return write([&](MDB_txn *transaction) {
            MDB_val name = bytes(key, kKeySize), found{};
            if (const int failure = mdb_get(transaction, table_, &name, &found)) return failure;
            std::int64_t number = 0;
            std::memcpy(&number, found.mv_data, sizeof number);
            number++;
            MDB_val fresh = bytes(&number, sizeof number);
            return mdb_put(transaction, table_, &name, &fresh, 0);
        });
    }

private:
    static std::string path(const Place &place) { return place.directory + "/lmdb"; }
    static MDB_val bytes(const void *data, std::size_t size) { return {size, const_cast<void *>(data)}; }
    static void check(int failure) {
        if (failure != 0) throw std::runtime_error(mdb_strerror(failure));
    }

    template <typename Work>
    bool write(Work work) {
        MDB_txn *transaction = nullptr;
        if (mdb_txn_begin(environment_, nullptr, 0, &transaction) != 0) return false;
        if (work(transaction) == 0) return mdb_txn_commit(transaction) == 0;
        mdb_txn_abort(transaction);
        return false;
    }

    MDB_env *environment_ = nullptr;
    MDB_txn *read_ = nullptr;
    MDB_dbi table_ = 0;
};

const Registered<Lmdb> registered;

}  // namespace
}  // namespace bench
