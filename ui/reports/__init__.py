"""Documents that leave the room, made of what pages noted: no Streamlit, no Plotly."""
