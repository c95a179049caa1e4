// The first half of a repair: finds out what is what in a damaged segment. Only reads.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "store/fsck/claims.hpp"
#include "store/fsck/page_plan.hpp"
#include "store/fsck/repair.hpp"

namespace latzero::store {

class Damage {
public:
    Damage(const Session &session, const KeyHash &hash, const CheckOptions &options, RepairReport &report);

    // Of one stripe.
    struct StripeView {
        bool table_stays = false;     // also if there is none, and the word says so
        bool has_table = false;       // of its own, as far as its slots tell
        SlotSet kept;                 // of its slots
        std::vector<Ref> renumbered;  // kept records that need a version of their own
        std::array<bool, kClasses> list_stays = {};
        std::uint64_t keys = 0, bytes = 0;
        std::uint64_t commits = 0;   // of its newest record, lost ones included
        std::uint64_t earliest = 0;  // end of a record that is kept; 0: none ends
    };
    const StripeView &stripe(std::uint32_t number) const { return stripes_[number]; }
    // As it was first found, whatever the stripe's word says by now: what is known of slots is known of this table.
    const Table &table(std::uint32_t number) const { return tables_[number]; }
    const PagePlan &plan() const { return plan_; }
    bool is_lost(Ref ref) const { return !claims_.has(ref); }
    bool transfer_stays(std::uint32_t slot) const { return transfers_[slot]; }
    // Sound records of a stripe that no slot leads to.
    const std::deque<Ref> &orphans(std::uint32_t number) const { return orphans_[number]; }

private:
    void find_tables();
    void survey_stripe(std::uint32_t number);
    bool speaks(std::uint32_t number, std::uint64_t slot);
    void survey_list(std::uint32_t number, std::uint8_t size_class);
    void claim_slots(std::uint32_t number);
    void claim_slot(std::uint32_t number, std::uint64_t slot, std::uint32_t place, bool reached, KeysSeen &seen);
    Flaw judge_slot(std::uint32_t number, std::uint64_t slot, RecordView &view, std::string &bytes, Key &key);
    void part_twins(std::uint32_t number, KeysSeen &seen);
    void claim_table(std::uint32_t number, bool own);
    std::vector<std::uint32_t> hashes_of_orphans(std::uint32_t number) const;
    void tell_losses(std::uint32_t number, const Table &table);
    void claim_transfers();
    void claim_list(std::uint32_t number, std::uint8_t size_class);
    void find_orphans();
    bool is_orphan(Ref ref);
    void note_record(std::uint32_t number, const RecordView &view);

    const Segment &segment_;
    const KeyHash &hash_;
    const CheckOptions &options_;
    RepairReport &report_;
    PagePlan plan_;
    Claims claims_;  // first of the free blocks that were met, then of all blocks
    std::array<Table, kStripes> tables_;
    std::array<StripeView, kStripes> stripes_;
    std::vector<bool> transfers_ = std::vector<bool>(kClientLimit);
    std::array<std::deque<Ref>, kStripes> orphans_;
    std::vector<Ref> unwanted_;
    // What may still be read of records: they need not lie apart here, and many slots may lead to one.
    std::uint64_t bytes_to_hash_, bytes_to_judge_;
};

}  // namespace latzero::store
