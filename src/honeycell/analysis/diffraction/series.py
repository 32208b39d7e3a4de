def reduce_in_situ(records, settings):
    return []
