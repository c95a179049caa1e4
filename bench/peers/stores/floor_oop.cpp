// The floor with values written beside the old ones.
#include "floor_table.hpp"

namespace bench {
namespace {

class FloorOutOfPlace : public FloorTable<Overwrite::out_of_place> {
public:
    static constexpr const char *kName = "floor-oop";
    static constexpr std::uint32_t kMostKeys = 1'000'000;

    void create(const Place &place, const DataSet &data) { create_at(path(place), data); }
    void attach(const Place &place) { attach_at(path(place)); }
    static void remove(const Place &place) { unlink(path(place).c_str()); }

private:
    static std::string path(const Place &place) { return place.directory + "/" + kName; }
};

const Registered<FloorOutOfPlace> registered;

}  // namespace
}  // namespace bench
