// The floor with values overwritten in place.
#include "floor_table.hpp"

namespace bench {
namespace {

class Floor : public FloorTable<Overwrite::in_place> {
public:
    static constexpr const char *kName = "floor";
    static constexpr std::uint32_t kMostKeys = 1'000'000;

    void create(const Place &place, const DataSet &data) { create_at(path(place), data); }
    void attach(const Place &place) { attach_at(path(place)); }
    static void remove(const Place &place) { unlink(path(place).c_str()); }

private:
    static std::string path(const Place &place) { return place.directory + "/" + kName; }
};

const Registered<Floor> registered;

}  // namespace
}  // namespace bench
